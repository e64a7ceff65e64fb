//! Lists and maps that a template can change, as in Python.
//!
//! minijinja's own cannot be changed. Every literal of a template becomes one of these ([`super::source`]), and so do
//! the variables of the configuration, but frozen: one template must not change what the next one sees.

mod dict;
mod list;

pub(super) use dict::Dict;
pub(super) use list::List;
use minijinja::value::{Kwargs, Rest, Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lists in lists in lists deeper than this are refused: printing and dropping them recurses.
const DEEPEST: usize = 64;
/// Longest text or list that is assigned: a loop that doubles it must end before memory does.
const LARGEST: usize = 4 << 20;

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

/// The pairs of a map, or of a list of pairs.
fn pairs_of(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if value.kind() == ValueKind::Map {
        return value.try_iter()?.map(|key| Ok((key.clone(), value.get_item(&key)?))).collect();
    }
    let pair = |item: Value| match (item.len(), item.get_item_by_index(0), item.get_item_by_index(1)) {
        (Some(2), Ok(key), Ok(value)) => Ok((key, value)),
        _ => Err(refused(format!("{item:?} is not a pair of key and value"))),
    };
    value.try_iter()?.map(pair).collect()
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
