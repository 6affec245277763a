//! What JSON has no form for by itself: the package's `_encode` gives what stands for it.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyNotImplemented, PyString};

use crate::convert::MAX_STEPS;
use crate::convert::fault::{Cause, Fault, Written, type_name};
use crate::python::{DECIMAL, SIMPLIFY};

use super::{Container, Filled, Writer};

impl Writer<'_> {
    /// Writes what stands for a value of any other type.
    #[cold]
    pub(super) fn foreign<'py>(&mut self, value: &Bound<'py, PyAny>) -> Filled<'py> {
        if value.is_instance(DECIMAL.get(value.py())?)? {
            self.decimal(value)?;
            return Ok(None);
        }
        if self.steps == MAX_STEPS {
            return Err(Fault::new(Cause::Steps(type_name(value))));
        }
        let simple = simplified(value, self.default)?;
        if let Ok(dict) = simple.cast_exact::<PyDict>() {
            return Ok(Some(Container::Dict(dict.clone())));
        } else if simple.is_none() {
            self.extend(b"null");
            return Ok(None);
        } else if let Ok(simple) = simple.cast_exact::<PyBool>() {
            self.extend(if simple.is_true() { b"true" } else { b"false" });
            return Ok(None);
        }
        self.steps += 1;
        let filled = self.other(&simple);
        self.steps -= 1;
        filled
    }

    /// All of its digits; null for what is no finite number.
    fn decimal(&mut self, value: &Bound<'_, PyAny>) -> Written {
        let text = decimal_text(value)?;
        let text = text.to_str()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_finite = digits.starts_with(|first: char| first.is_ascii_digit());
        self.extend(if is_finite { text.as_bytes() } else { b"null" });
        Ok(())
    }
}

/// What stands for a key of an object; of use if it is a text or a number.
#[cold]
pub(super) fn foreign_key<'py>(key: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>, Fault> {
    if key.is_instance(DECIMAL.get(key.py())?)? {
        return Ok(decimal_text(key)?.into_any());
    }
    simplified(key, None).map_err(|fault| fault.of_key(type_name(key)))
}

fn simplified<'py>(
    value: &Bound<'py, PyAny>,
    default: Option<&Py<PyAny>>,
) -> Result<Bound<'py, PyAny>, Fault> {
    let simple = SIMPLIFY.get(value.py())?.call1((value, default))?;
    if simple.is_exact_instance_of::<PyNotImplemented>() {
        return Err(Fault::new(Cause::Value(type_name(value))));
    }
    Ok(simple)
}

/// By the class's own method: a subclass's could give what is no number.
fn decimal_text<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let py = value.py();
    let text = DECIMAL.get(py)?.call_method1(intern!(py, "__str__"), (value,))?;
    Ok(text.cast_into()?)
}
