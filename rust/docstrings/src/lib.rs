//! Docstrings are written once, in the stub `_core.pyi`: this puts them into the extension, for `help`.
//!
//! `#[documented("Socket")]` stands above a `#[pyclass]` and above its `#[pymethods]`. The class, and each of its methods and
//! properties, get what the stub says of them in place of their comments, which are for readers of the source.
//! `tests/unit/test_docstrings.py` compares both.

mod stub;

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::stub::docstring;

/// See the crate; the argument is the class's name in Python.
#[proc_macro_attribute]
pub fn documented(class: TokenStream, item: TokenStream) -> TokenStream {
    let class = class.to_string();
    let class = class.trim_matches('"');
    let is_impl = item.clone().into_iter().any(|token| is_ident(&token, "impl"));
    if !is_impl {
        return with_docstring(item.into_iter().collect(), docstring(class, None));
    }
    let tokens = item.into_iter().map(|token| match token {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
            TokenTree::Group(Group::new(Delimiter::Brace, methods(class, body.stream())))
        }
        token => token,
    });
    tokens.collect()
}

/// The methods of an `impl`, each with its docstring; a method ends with its body.
fn methods(class: &str, body: TokenStream) -> TokenStream {
    let mut done = TokenStream::new();
    let mut method = Vec::new();
    for token in body {
        let is_end =
            matches!(&token, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace);
        method.push(token);
        if is_end {
            let text = name(&method).and_then(|name| docstring(class, Some(&name)));
            done.extend(with_docstring(std::mem::take(&mut method), text));
        }
    }
    done.extend(method);
    done
}

/// A method's name in Python: what `#[pyo3(name = "…")]` or `#[getter(…)]` says, or else its own.
fn name(method: &[TokenTree]) -> Option<String> {
    for pair in method.windows(2) {
        let [TokenTree::Punct(_), TokenTree::Group(attribute)] = pair else { continue };
        let attribute: Vec<TokenTree> = attribute.stream().into_iter().collect();
        let [TokenTree::Ident(kind), TokenTree::Group(arguments)] = &attribute[..] else {
            continue;
        };
        let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
        match (kind.to_string().as_str(), &arguments[..]) {
            ("pyo3", [key, _, TokenTree::Literal(name), ..]) if is_ident(key, "name") => {
                return Some(name.to_string().trim_matches('"').to_owned());
            }
            ("getter", [name]) => return Some(name.to_string()),
            _ => {}
        }
    }
    let place = method.iter().position(|token| is_ident(token, "fn"))?;
    let name = method.get(place + 1)?.to_string();
    Some(name.trim_start_matches("r#").to_owned())
}

/// An item with a docstring in place of its comments, if there is one.
fn with_docstring(item: Vec<TokenTree>, text: Option<String>) -> TokenStream {
    let Some(text) = text else { return item.into_iter().collect() };
    let mut done = TokenStream::from_iter(doc(&text));
    let mut item = item.into_iter().peekable();
    while let Some(token) = item.next() {
        if is_punct(&token, '#') && item.peek().is_some_and(is_doc) {
            item.next();
        } else {
            done.extend([token]);
        }
    }
    done
}

/// `#[doc = "…"]`
fn doc(text: &str) -> [TokenTree; 2] {
    let attribute = TokenStream::from_iter([
        TokenTree::Ident(Ident::new("doc", Span::call_site())),
        TokenTree::Punct(Punct::new('=', Spacing::Alone)),
        TokenTree::Literal(Literal::string(text)),
    ]);
    [
        TokenTree::Punct(Punct::new('#', Spacing::Alone)),
        TokenTree::Group(Group::new(Delimiter::Bracket, attribute)),
    ]
}

fn is_doc(token: &TokenTree) -> bool {
    let TokenTree::Group(attribute) = token else { return false };
    attribute.stream().into_iter().next().is_some_and(|first| is_ident(&first, "doc"))
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == name)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
