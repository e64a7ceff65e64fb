use super::*;
use serde_json::json;

fn value(text: &str) -> Value {
    parse(text).unwrap().to_value()
}

/// The right side is what PyYAML 6 `safe_load` gives, but for base 60, `.inf` and numbers beyond 64 bits.
#[test]
fn plain_scalars_mean_what_they_mean_to_pyyaml() {
    for (text, expected) in [
        ("yes", json!(true)),
        ("Off", json!(false)),
        ("y", json!("y")),
        ("N", json!("N")),
        ("yEs", json!("yEs")),
        ("~", json!(null)),
        ("NULL", json!(null)),
        ("nULL", json!("nULL")),
        ("010", json!(8)),
        ("-010", json!(-8)),
        ("00", json!(0)),
        ("08", json!("08")),
        ("0o17", json!("0o17")),
        ("0x1F", json!(31)),
        ("0b101", json!(5)),
        ("+1", json!(1)),
        ("1_000", json!(1000)),
        ("_1", json!("_1")),
        ("1e3", json!("1e3")),
        ("1.e+3", json!(1000.0)),
        (".5", json!(0.5)),
        ("-.5", json!("-.5")),
        ("1.0", json!(1.0)),
        ("1.10", json!(1.1)),
        ("1.2.3", json!("1.2.3")),
        ("1:30", json!("1:30")),
        (".inf", json!(".inf")),
        ("2024-01-01", json!("2024-01-01")),
        ("99999999999999999999", json!("99999999999999999999")),
        ("18446744073709551615", json!("18446744073709551615")),
        ("'yes'", json!("yes")),
        ("\"010\"", json!("010")),
        ("!!str 12", json!("12")),
        ("!!int 3", json!(3)),
        ("!foo bar", json!("bar")),
        ("|-\n  yes", json!("yes")),
    ] {
        assert_eq!(value(&format!("a: {text}\n"))["a"], expected, "{text}");
    }
    assert_eq!(value("a: 1.0\n").to_string(), r#"{"a":1.0}"#);
}

#[test]
fn anchors_and_merge_keys_work_and_keep_the_place_of_the_value() {
    let text = "base: &b\n  x: 1\n  y: yes\nc:\n  <<: *b\n  x: 3\nd: *b\n";
    assert_eq!(value(text)["c"], json!({"x": 3, "y": true}));
    assert_eq!(value(text)["d"], json!({"x": 1, "y": true}));
    let Shape::Map(root) = parse(text).unwrap().shape else { panic!() };
    let Shape::Map(merged) = &root[1].node.shape else { panic!() };
    let y = merged.iter().find(|entry| entry.key == "y").unwrap();
    assert_eq!((y.place, y.node.place), (Place { line: 3, column: 3 }, Place { line: 3, column: 6 }));
}

#[test]
fn order_and_both_of_two_equal_keys_are_kept() {
    let Shape::Map(root) = parse("z: 1\na: 2\nz: 3\n").unwrap().shape else { panic!() };
    let keys: Vec<_> = root.iter().map(|entry| (entry.key.as_str(), entry.place.line)).collect();
    assert_eq!(keys, [("z", 1), ("a", 2), ("z", 3)]);
    assert_eq!(value("z: 1\na: 2\nz: 3\n"), json!({"z": 3, "a": 2}));
}

#[test]
fn columns_count_characters() {
    let Shape::Map(root) = parse("{ä: ö, ü: [1, ß]}\n").unwrap().shape else { panic!() };
    assert_eq!(root[1].place, Place { line: 1, column: 8 });
}

#[test]
fn an_empty_text_is_nothing() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}"] {
        assert_eq!(value(text), Value::Null, "{text:?}");
    }
    assert_eq!(value("\u{feff}a: 1\n"), json!({"a": 1}));
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    for (text, message, line, column) in [
        ("a: 1\n---\nb: 2\n", "more than one document", 3, 1),
        ("a: [1, 2\nb: 3\n", "':'", 2, 2),
        ("a:\n\tb: 1\n", "tabs", 2, 2),
        ("a: b: c\n", "not allowed", 1, 5),
        ("a: *nope\n", "unknown anchor", 1, 4),
        ("? [a, b]\n: 1\n", "a key must be text", 1, 3),
        ("~: 1\n", "a key is empty", 1, 1),
        ("publish:\n- to: {{ registry }}/x\n", "needs quotes around it", 2, 8),
        ("tags: [{{ tag }}]\n", "needs quotes around it", 1, 9),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(message), "{text:?}: {}", error.message);
        assert_eq!(error.place, Some(Place { line, column }), "{text:?}");
    }
}

#[test]
fn bombs_are_defused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let row = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{row}]\n");
    }
    assert!(parse(&bomb).unwrap_err().message.contains("100,000 values"));
    assert!(parse(&("[".repeat(10_000) + &"]".repeat(10_000))).is_err());
    assert!(parse(&format!("{}x", "a: {".repeat(5_000))).is_err());
    let mut ladder = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        ladder += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(parse(&ladder).is_err());
}

#[test]
fn a_file_may_be_allowed_more_values() {
    let many = "- {a: 1, b: 2}\n".repeat(40_000);
    let error = parse(&many).unwrap_err();
    assert!(error.refused && error.message.contains("24 levels or 100,000 values"), "{error}");
    let Shape::List(items) = parse_within(&many, 1_000_000).unwrap().shape else { panic!() };
    assert_eq!(items.len(), 40_000);
}
