//! What clients get whose connections are lost at random.

use std::collections::BTreeSet;

use proptest::prelude::*;
use socketio::Targets;

use super::{Client, ask, is_back, join, lose, offset, plain, recovering};
use crate::world::{Heard, World};

/// What happens at random among three clients and three rooms.
#[derive(Clone, Debug)]
enum Step {
    Join(usize, usize),
    Leave(usize, usize),
    Emit(usize),
    Broadcast(Option<Vec<usize>>, Vec<usize>, Option<usize>),
    Lose(usize),
    Return(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let rooms = || proptest::collection::vec(0..3_usize, 0..3);
    prop_oneof![
        (0..3_usize, 0..3_usize).prop_map(|(client, room)| Step::Join(client, room)),
        (0..3_usize, 0..3_usize).prop_map(|(client, room)| Step::Leave(client, room)),
        (0..3_usize).prop_map(Step::Emit),
        (proptest::option::of(rooms()), rooms(), proptest::option::of(0..3_usize))
            .prop_map(|(to, except, sender)| Step::Broadcast(to, except, sender)),
        (0..3_usize).prop_map(Step::Lose),
        (0..3_usize).prop_map(Step::Return),
    ]
}

/// What a client should have, and where it stands.
struct Model {
    client: Client,
    rooms: BTreeSet<usize>,
    is_away: bool,
    offset: String,
    expected: Vec<String>,
    got: Vec<String>,
}

impl Model {
    fn receive(&mut self, texts: &[String]) {
        for text in texts.iter().filter(|text| text.starts_with("42")) {
            self.offset = offset(text);
            self.got.push(plain(text));
        }
    }
}

proptest! {
    #[test]
    fn what_was_meant_for_a_client_reaches_it_once_and_in_order(
        steps in proptest::collection::vec(step(), 0..60)
    ) {
        let mut world = World::new(recovering());
        let mut models: Vec<Model> = (0..3).map(|_| {
            let client = join(&mut world);
            let (rooms, expected, got) = (BTreeSet::new(), Vec::new(), Vec::new());
            Model { client, rooms, is_away: false, offset: String::new(), expected, got }
        }).collect();
        world.broadcast(&world.to(None), "[\"begin\"]");
        for model in &mut models {
            model.expected.push("42[\"begin\"]".to_owned());
        }
        let names = |rooms: &[usize]| rooms.iter().map(|room| format!("r{room}")).collect();
        for (number, step) in steps.into_iter().chain((0..3).map(Step::Return)).enumerate() {
            let json = format!("[{number}]");
            match step {
                Step::Join(index, room) if !models[index].is_away => {
                    models[index].rooms.insert(room);
                    world.front.join(models[index].client.socket, &[format!("r{room}")]);
                }
                Step::Leave(index, room) if !models[index].is_away => {
                    models[index].rooms.remove(&room);
                    world.front.leave(models[index].client.socket, &[format!("r{room}")]);
                }
                Step::Emit(index) => {
                    world.emit(models[index].client.socket, &json);
                    models[index].expected.push(format!("42{json}"));
                }
                Step::Broadcast(to, except, sender) => {
                    let id = |index: usize| world.front.socket(models[index].client.socket);
                    let id = sender.and_then(id).map(|info| info.id);
                    let targets = Targets {
                        rooms: to.as_deref().map(names),
                        except: names(&except),
                        sender: id,
                        ..world.to(None)
                    };
                    for (index, model) in models.iter_mut().enumerate() {
                        let is_in = |rooms: &Vec<usize>| rooms.iter().any(|it| model.rooms.contains(it));
                        let is_sender = id.is_some() && sender == Some(index);
                        if to.as_ref().is_none_or(is_in) && !is_in(&except) && !is_sender {
                            model.expected.push(format!("42{json}"));
                        }
                    }
                    world.broadcast(&targets, &json);
                }
                Step::Lose(index) if !models[index].is_away => {
                    // What it is sent last is in its rooms of this moment, as is what it misses.
                    world.emit(models[index].client.socket, &json);
                    models[index].expected.push(format!("42{json}"));
                    world.turn();
                    let texts = world.texts(models[index].client.peer);
                    models[index].receive(&texts);
                    world.heard();
                    lose(&mut world, &models[index].client);
                    models[index].is_away = true;
                }
                Step::Return(index) if models[index].is_away => {
                    let (pid, offset) = (models[index].client.pid.clone(), models[index].offset.clone());
                    let (peer, texts) = ask(&mut world, &pid, &offset);
                    let model = &mut models[index];
                    let connect: Vec<String> =
                        texts.iter().filter(|text| text.starts_with("40")).cloned().collect();
                    prop_assert!(is_back(&model.client, &connect));
                    model.receive(&texts);
                    let heard = world.heard_but_lines();
                    let socket = heard.iter().find_map(|heard| match heard {
                        Heard::Connected(socket) => Some(*socket),
                        _ => None,
                    });
                    model.client.peer = peer;
                    model.client.socket = socket.expect("a socket");
                    model.is_away = false;
                }
                Step::Join(..) | Step::Leave(..) | Step::Lose(_) | Step::Return(_) => {}
            }
        }
        world.turn();
        for mut model in models {
            let texts = world.texts(model.client.peer);
            model.receive(&texts);
            prop_assert_eq!(&model.got, &model.expected);
        }
    }
}
