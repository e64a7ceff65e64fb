//! Refuses undefined values where minijinja's filters and tests take them for empty and Jinja2's do not.
//!
//! The filters and tests themselves stay minijinja's, under their name with `_` in front.

use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, Error, State, filters, tests};

/// What a filter is checked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The value.
    Value,
    /// The value and its items, or the attribute of each item where `attribute=` names one.
    Items,
    /// The value and the attribute of its items that the first argument names.
    Attribute,
}

/// Puts the checks in front of minijinja's filters and tests.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("_escape", filters::escape);
    environment.add_filter("_e", filters::escape);
    environment.add_filter("_urlencode", filters::urlencode);
    environment.add_filter("_join", filters::join);
    environment.add_filter("_sum", filters::sum);
    environment.add_filter("_sort", filters::sort);
    environment.add_filter("_unique", filters::unique);
    environment.add_filter("_select", filters::select);
    environment.add_filter("_reject", filters::reject);
    environment.add_filter("_groupby", filters::groupby);
    environment.add_filter("_selectattr", filters::selectattr);
    environment.add_filter("_rejectattr", filters::rejectattr);
    for name in ["_escape", "_e", "_urlencode"] {
        guard_filter(environment, name, Check::Value);
    }
    for name in ["_join", "_sum", "_sort", "_unique", "_select", "_reject"] {
        guard_filter(environment, name, Check::Items);
    }
    for name in ["_groupby", "_selectattr", "_rejectattr"] {
        guard_filter(environment, name, Check::Attribute);
    }
    register_tests(environment);
}

fn register_tests(environment: &mut Environment<'static>) {
    environment.add_test("_iterable", tests::is_iterable);
    environment.add_test("_odd", tests::is_odd);
    environment.add_test("_even", tests::is_even);
    environment.add_test("_lower", tests::is_lower);
    environment.add_test("_upper", tests::is_upper);
    environment.add_test("_divisibleby", tests::is_divisibleby);
    environment.add_test("_in", tests::is_in);
    for (name, twins) in [("_eq", ["eq", "==", "equalto"]), ("_ne", ["ne", "!=", "ne"])] {
        if name == "_eq" {
            environment.add_test(name, tests::is_eq)
        } else {
            environment.add_test(name, tests::is_ne)
        }
        for twin in twins {
            guard_test(environment, name, twin);
        }
    }
    for name in ["_iterable", "_odd", "_even", "_lower", "_upper", "_divisibleby", "_in"] {
        guard_test(environment, name, &name[1..]);
    }
}

fn guard_filter(environment: &mut Environment<'static>, inner: &'static str, check: Check) {
    environment.add_filter(&inner[1..], move |state: &mut State<'_, '_>, args: Rest<Value>, kwargs: Kwargs| {
        let mut args = args.0;
        for value in &args {
            defined(state, value)?;
        }
        if let (Some(value), true) = (args.first(), check != Check::Value) {
            check_items(state, value, &args, &kwargs, check)?;
        }
        if kwargs.args().next().is_some() {
            args.push(Value::from(kwargs));
        }
        state.apply_filter(inner, &args)
    });
}

fn check_items(state: &mut State<'_, '_>, value: &Value, args: &[Value], kwargs: &Kwargs, check: Check) -> Result<(), Error> {
    let given = kwargs.get::<Option<Value>>("attribute")?;
    let attribute = if check == Check::Attribute { given.or(args.get(1).cloned()) } else { given };
    let asks_whether = args.get(2).and_then(Value::as_str).is_some_and(|test| matches!(test, "defined" | "undefined"));
    let has_default = kwargs.has("default");
    if asks_whether || has_default || value.as_str().is_some() {
        return Ok(());
    }
    for item in value.try_iter()? {
        defined(state, &item)?;
        for path in attribute.iter().filter_map(Value::as_str).flat_map(|paths| paths.split(',')) {
            let mut part = item.clone();
            for name in path.trim().split('.') {
                part = match name.parse::<usize>() {
                    Ok(index) => part.get_item_by_index(index)?,
                    Err(_) => part.get_attr(name)?,
                };
            }
            if part.is_undefined() {
                let message = format!("`{item:?}.{}` is undefined", path.trim());
                return Err(Error::new(minijinja::ErrorKind::UndefinedError, message));
            }
        }
    }
    Ok(())
}

fn guard_test(environment: &mut Environment<'static>, inner: &'static str, name: &'static str) {
    environment.add_test(name, move |state: &mut State<'_, '_>, args: Rest<Value>| {
        for value in args.iter() {
            defined(state, value)?;
        }
        state.perform_test(inner, &args)
    });
}

/// Refuses an undefined value, with the expression that it came from.
pub(super) fn defined(state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if !value.is_undefined() {
        return Ok(());
    }
    // Only minijinja knows where the value came from, and it tells when a method is called on it.
    value.call_method(state, "value", &[]).map(drop)
}
