//! Lists and maps that a template can change, as in Python.
//!
//! minijinja's own cannot be changed. Every literal of a template becomes one of these ([`super::source`]), and so do
//! the variables of the configuration, but frozen: one template must not change what the next one sees.

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Rest, Tuple, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lists in lists in lists deeper than this are refused: printing and dropping them recurses.
const DEEPEST: usize = 64;
/// Longest text or list that is assigned: a loop that doubles it must end before memory does.
const LARGEST: usize = 4 << 20;

/// A list.
#[derive(Debug)]
pub(super) struct List {
    items: Mutex<Vec<Value>>,
    frozen: bool,
}

/// A map in the order of insertion.
#[derive(Debug)]
pub(super) struct Dict {
    pairs: Mutex<Vec<(Value, Value)>>,
    frozen: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn frozen(method: &str) -> Error {
    refused(format!("cannot {method}: the value comes from the configuration; copy it first with {{% set … = … %}}"))
}

/// Refuses a value that holds `holder`, or is too deep.
fn check_held(value: &Value, holder: Option<*const ()>, depth: usize) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(refused(format!("lists and maps in each other are more than {DEEPEST} deep")));
    }
    let held: Vec<Value> = if let Some(list) = value.downcast_object_ref::<List>() {
        not_same(holder, address(list))?;
        lock(&list.items).clone()
    } else if let Some(dict) = value.downcast_object_ref::<Dict>() {
        not_same(holder, address(dict))?;
        lock(&dict.pairs).iter().map(|(_, value)| value.clone()).collect()
    } else if let Some(tuple) = value.downcast_object_ref::<Tuple>() {
        tuple.to_vec()
    } else if let Some(list) = value.downcast_object_ref::<Vec<Value>>() {
        list.clone()
    } else if value.kind() == ValueKind::Map {
        pairs_of(value)?.into_iter().map(|(_, value)| value).collect()
    } else {
        return Ok(());
    };
    held.iter().try_for_each(|value| check_held(value, holder, depth + 1))
}

fn address<T>(object: &T) -> *const () {
    std::ptr::from_ref(object).cast()
}

fn not_same(holder: Option<*const ()>, held: *const ()) -> Result<(), Error> {
    if holder == Some(held) { Err(refused("a list or a map cannot hold itself")) } else { Ok(()) }
}

impl List {
    /// A list that the template may change.
    pub(super) fn value(items: Vec<Value>) -> Value {
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

impl Dict {
    /// A map that the template may change; a key given twice keeps its first place and its last value.
    pub(super) fn value(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
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

/// The pairs of a map, or of a list of pairs.
pub(super) fn pairs_of(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if value.kind() == ValueKind::Map {
        return value.try_iter()?.map(|key| Ok((key.clone(), value.get_item(&key)?))).collect();
    }
    let pair = |item: Value| match (item.len(), item.get_item_by_index(0), item.get_item_by_index(1)) {
        (Some(2), Ok(key), Ok(value)) => Ok((key, value)),
        _ => Err(refused(format!("{item:?} is not a pair of key and value"))),
    };
    value.try_iter()?.map(pair).collect()
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

fn kwargs_pairs(kwargs: &Kwargs) -> Result<Vec<(Value, Value)>, Error> {
    kwargs.args().map(|name| Ok((Value::from(name), kwargs.get::<Value>(name)?))).collect()
}

/// `[…]` of a template.
pub(super) fn list_literal(value: &Value) -> Result<Value, Error> {
    check_held(value, None, 0)?;
    let items: Vec<Value> = value.try_iter()?.collect();
    items.iter().try_for_each(|item| check_held(item, None, 1))?;
    Ok(List::value(items))
}

/// `{…}` of a template.
pub(super) fn dict_literal(value: &Value) -> Result<Value, Error> {
    let pairs = pairs_of(value)?;
    pairs.iter().try_for_each(|(_, value)| check_held(value, None, 1))?;
    Ok(Dict::value(pairs))
}

/// `dict(…)` of a template.
pub(super) fn dict_function(from: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let mut pairs = from.as_ref().map_or_else(|| Ok(Vec::new()), pairs_of)?;
    pairs.extend(kwargs_pairs(&kwargs)?);
    pairs.iter().try_for_each(|(_, value)| check_held(value, None, 1))?;
    Ok(Dict::value(pairs))
}

/// What `set` assigns: lists that minijinja computes on demand are computed now, since what they are made of may
/// change; values of the configuration are copied; several values are a tuple.
pub(super) fn own(values: Rest<Value>) -> Result<Value, Error> {
    let [value] = values.as_slice() else { return Ok(Value::from(Tuple::from(values.0))) };
    if let Some(list) = value.downcast_object_ref::<List>() {
        return Ok(if list.frozen { List::value(lock(&list.items).clone()) } else { value.clone() });
    }
    if let Some(dict) = value.downcast_object_ref::<Dict>() {
        return Ok(if dict.frozen { Dict::value(lock(&dict.pairs).clone()) } else { value.clone() });
    }
    if value.len().is_some_and(|length| length > LARGEST) {
        return Err(refused(format!("a value of more than {LARGEST} characters or items")));
    }
    check_held(value, None, 0)?;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable if !value.is_tuple() => Ok(List::value(value.try_iter()?.collect())),
        _ => Ok(value.clone()),
    }
}

/// A value of the configuration.
pub(super) fn frozen_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Array(items) => {
            let items = items.iter().map(frozen_value).collect();
            Value::from_object(List { items: Mutex::new(items), frozen: true })
        }
        serde_json::Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| (Value::from(key.as_str()), frozen_value(value))).collect();
            Value::from_object(Dict { pairs: Mutex::new(pairs), frozen: true })
        }
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Bool(flag) => Value::from(*flag),
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}
