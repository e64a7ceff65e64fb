//! Lists, with the methods of Python's.

use super::{address, check_held, frozen, lock, refused};
use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};
use std::sync::{Arc, Mutex};

/// A list.
#[derive(Debug)]
pub(in crate::template) struct List {
    pub(super) items: Mutex<Vec<Value>>,
    pub(super) frozen: bool,
}

impl List {
    /// A list that the template may change.
    pub(in crate::template) fn value(items: Vec<Value>) -> Value {
        Value::from_object(Self { items: Mutex::new(items), frozen: false })
    }

    fn change<T>(self: &Arc<Self>, method: &str, act: impl FnOnce(&mut Vec<Value>) -> Result<T, Error>) -> Result<T, Error> {
        if self.frozen {
            return Err(frozen(method));
        }
        act(&mut lock(&self.items))
    }

    fn check(self: &Arc<Self>, added: &[Value]) -> Result<(), Error> {
        added.iter().try_for_each(|value| check_held(value, Some(address(&**self)), 1))
    }

    fn extend(self: &Arc<Self>, added: Vec<Value>) -> Result<Value, Error> {
        self.check(&added)?;
        self.change("extend it", |items| {
            items.extend(added);
            Ok(Value::from(()))
        })
    }

    fn insert(self: &Arc<Self>, index: i64, value: Value) -> Result<Value, Error> {
        self.check(std::slice::from_ref(&value))?;
        self.change("insert into it", |items| {
            let index = if index < 0 { index.saturating_add_unsigned(items.len() as u64).max(0) } else { index };
            let index = usize::try_from(index).unwrap_or(usize::MAX).min(items.len());
            items.insert(index, value);
            Ok(Value::from(()))
        })
    }

    fn pop(self: &Arc<Self>, index: Option<i64>) -> Result<Value, Error> {
        self.change("pop from it", |items| {
            let index = index.unwrap_or(-1);
            let index = if index < 0 { index.saturating_add_unsigned(items.len() as u64) } else { index };
            match usize::try_from(index).ok().filter(|index| *index < items.len()) {
                Some(index) => Ok(items.remove(index)),
                None => Err(refused("pop: the list has no such item")),
            }
        })
    }

    fn remove(self: &Arc<Self>, wanted: &Value) -> Result<Value, Error> {
        self.change("remove from it", |items| match items.iter().position(|item| item == wanted) {
            Some(index) => {
                items.remove(index);
                Ok(Value::from(()))
            }
            None => Err(refused(format!("remove: the list does not hold {wanted:?}"))),
        })
    }

    fn sort(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (kwargs,): (Kwargs,) = from_args(args)?;
        let reverse = kwargs.get::<Option<bool>>("reverse")?.unwrap_or(false);
        kwargs.assert_all_used()?;
        let options = Kwargs::from_iter([("case_sensitive", Value::from(true)), ("reverse", Value::from(reverse))]);
        let sorted = state.apply_filter("sort", &[Value::from(lock(&self.items).clone()), Value::from(options)])?;
        let sorted: Vec<Value> = sorted.try_iter()?.collect();
        self.change("sort it", |items| {
            *items = sorted;
            Ok(Value::from(()))
        })
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        lock(&self.items).get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(lock(&self.items).clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(lock(&self.items).len())
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "append" => {
                let (value,): (Value,) = from_args(args)?;
                self.extend(vec![value])
            }
            "extend" => {
                let (values,): (Value,) = from_args(args)?;
                self.extend(values.try_iter()?.collect())
            }
            "insert" => {
                let (index, value): (i64, Value) = from_args(args)?;
                self.insert(index, value)
            }
            "pop" => {
                let (index,): (Option<i64>,) = from_args(args)?;
                self.pop(index)
            }
            "remove" => {
                let (value,): (Value,) = from_args(args)?;
                self.remove(&value)
            }
            "sort" => self.sort(state, args),
            _ => self.plain_method(method, args),
        }
    }
}

impl List {
    /// The methods that take nothing, and `index`.
    fn plain_method(self: &Arc<Self>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "reverse" | "clear" => {
                let () = from_args(args)?;
                self.change("change it", |items| {
                    if method == "clear" {
                        items.clear()
                    } else {
                        items.reverse()
                    }
                    Ok(Value::from(()))
                })
            }
            "copy" => {
                let () = from_args(args)?;
                Ok(Self::value(lock(&self.items).clone()))
            }
            "index" => {
                let (wanted,): (Value,) = from_args(args)?;
                let found = lock(&self.items).iter().position(|item| *item == wanted);
                found.map(Value::from).ok_or_else(|| refused(format!("index: the list does not hold {wanted:?}")))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
