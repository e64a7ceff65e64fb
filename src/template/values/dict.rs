//! Maps in the order of insertion, with the methods of Python's.

use super::{address, check_held, frozen, kwargs_pairs, lock, pairs_of, refused};
use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};
use std::sync::{Arc, Mutex};

/// A map in the order of insertion.
#[derive(Debug)]
pub(in crate::template) struct Dict {
    pub(super) pairs: Mutex<Vec<(Value, Value)>>,
    pub(super) frozen: bool,
}

impl Dict {
    /// A map that the template may change; a key given twice keeps its first place and its last value.
    pub(in crate::template) fn value(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
        let mut kept = Vec::new();
        put(&mut kept, pairs);
        Value::from_object(Self { pairs: Mutex::new(kept), frozen: false })
    }

    fn change<T>(self: &Arc<Self>, method: &str, act: impl FnOnce(&mut Vec<(Value, Value)>) -> Result<T, Error>) -> Result<T, Error> {
        if self.frozen {
            return Err(frozen(method));
        }
        act(&mut lock(&self.pairs))
    }

    fn update(self: &Arc<Self>, added: Vec<(Value, Value)>) -> Result<Value, Error> {
        added.iter().try_for_each(|(_, value)| check_held(value, Some(address(&**self)), 1))?;
        self.change("update it", |pairs| {
            put(pairs, added);
            Ok(Value::from(()))
        })
    }

    fn set_default(self: &Arc<Self>, key: &Value, value: Value) -> Result<Value, Error> {
        if let Some(known) = self.get_value(key) {
            return Ok(known);
        }
        self.update(vec![(key.clone(), value.clone())])?;
        Ok(value)
    }

    fn pop(self: &Arc<Self>, key: &Value, default: Option<Value>) -> Result<Value, Error> {
        self.change("pop from it", |pairs| match pairs.iter().position(|(known, _)| known == key) {
            Some(index) => Ok(pairs.remove(index).1),
            None => default.ok_or_else(|| refused(format!("pop: the map has no key {key:?}"))),
        })
    }
}

fn put(pairs: &mut Vec<(Value, Value)>, added: impl IntoIterator<Item = (Value, Value)>) {
    for (key, value) in added {
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some(pair) => pair.1 = value,
            None => pairs.push((key, value)),
        }
    }
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        lock(&self.pairs).iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        lock(&self.pairs).iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(lock(&self.pairs).iter().map(|(key, _)| key.clone()).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(lock(&self.pairs).len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "update" => {
                let (more, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
                let mut added = more.as_ref().map_or_else(|| Ok(Vec::new()), pairs_of)?;
                added.extend(kwargs_pairs(&kwargs)?);
                self.update(added)
            }
            "setdefault" => {
                let (key, value): (Value, Option<Value>) = from_args(args)?;
                self.set_default(&key, value.unwrap_or_else(|| Value::from(())))
            }
            "pop" => {
                let (key, default): (Value, Option<Value>) = from_args(args)?;
                self.pop(&key, default)
            }
            "clear" => {
                let () = from_args(args)?;
                self.change("clear it", |pairs| {
                    pairs.clear();
                    Ok(Value::from(()))
                })
            }
            "copy" => {
                let () = from_args(args)?;
                Ok(Self::value(lock(&self.pairs).clone()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
