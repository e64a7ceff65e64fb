//! `tojson` as Jinja2 has it: sorted keys, ASCII only, and no character that HTML gives a meaning.

use super::Known;
use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind};

/// Deepest nesting that is written.
const DEEPEST: usize = 64;

pub(super) fn tojson(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, indent, kwargs): (Value, Option<usize>, Kwargs) = from_args(args)?;
    let indent = indent.or(kwargs.get("indent")?);
    kwargs.assert_all_used()?;
    let mut writer = Writer { out: String::new(), indent, depth: 0 };
    writer.value(&value)?;
    Ok(Value::from(writer.out))
}

struct Writer {
    out: String,
    indent: Option<usize>,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value.kind() {
            ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "what tojson was given is undefined")),
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.out.push_str(&value.to_string()),
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.container('[', ']', &items, |writer, item| writer.value(item))?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                keys.sort();
                self.container('{', '}', &keys, |writer, key| {
                    writer.text(&key.to_string());
                    writer.out.push_str(": ");
                    writer.value(&value.get_item(key)?)
                })?;
            }
            kind => return Err(Error::new(ErrorKind::InvalidOperation, format!("tojson cannot write a {kind}"))),
        }
        Ok(())
    }

    fn container(
        &mut self,
        open: char,
        close: char,
        items: &[Value],
        mut write: impl FnMut(&mut Self, &Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.depth >= DEEPEST {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("tojson writes at most {DEEPEST} levels")));
        }
        self.depth += 1;
        self.out.push(open);
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.out.push_str(if self.indent.is_some() { "," } else { ", " });
            }
            self.new_line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.new_line();
        }
        self.out.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&" ".repeat(indent.min(80) * self.depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                ' '..='~' if !matches!(c, '<' | '>' | '&' | '\'') => self.out.push(c),
                _ => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.out.push('"');
    }
}
