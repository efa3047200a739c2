//! A form as somebody has filled it in so far: what was typed stays in it, whatever is refused.

use maud::{Markup, html};

/// Names and values, a name as often as the browser sends it.
#[derive(Default)]
pub struct Filled(Vec<(String, String)>);

impl Filled {
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The value of the first field of this name, without the space around it; empty if there is none.
    pub fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// All values of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|known| known == value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// One line of text.
pub fn line(filled: &Filled, name: &str, label: &str, most: usize, required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="text" name=(name) value=(filled.of(name)) maxlength=(most) required[required];
        }
    }
}

/// One line of text, with what was written there before to choose from.
pub fn suggested<'a>(
    filled: &Filled,
    name: &str,
    label: &str,
    most: usize,
    known: impl Iterator<Item = &'a str>,
) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="text" name=(name) value=(filled.of(name)) maxlength=(most) required list=(format!("{name}s"));
            datalist id=(format!("{name}s")) { @for text in known { option value=(text) {} } }
        }
    }
}

/// Several lines of text.
pub fn lines(filled: &Filled, name: &str, label: &str, most: usize, required: bool) -> Markup {
    html! {
        p class="field wide" {
            label for=(name) { (label) }
            textarea id=(name) name=(name) rows="4" maxlength=(most) required[required] { (filled.of(name)) }
        }
    }
}

pub fn number(filled: &Filled, name: &str, label: &str, required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="number" name=(name) value=(filled.of(name)) min="0" max="100000" required[required];
        }
    }
}

pub fn date(filled: &Filled, name: &str, label: &str) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="date" name=(name) value=(filled.of(name)) required;
        }
    }
}

/// One of several; the first is what is chosen without a choice. `required`: an option without a value will not do.
pub fn choice(filled: &Filled, name: &str, label: &str, options: &[(&str, &str)], required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            select id=(name) name=(name) required[required] {
                @for (value, words) in options {
                    option value=(value) selected[filled.of(name) == *value] { (words) }
                }
            }
        }
    }
}

/// Any number of several.
pub fn ticks<'a>(
    filled: &Filled,
    name: &str,
    legend: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
) -> Markup {
    html! {
        fieldset class="ticks" {
            legend { (legend) }
            @for (value, words) in options {
                label { input type="checkbox" name=(name) value=(value) checked[filled.has(name, value)]; " " (words) }
            }
        }
    }
}

/// A field nobody sees.
pub fn hidden(filled: &Filled, name: &str) -> Markup {
    html! { @if !filled.of(name).is_empty() { input type="hidden" name=(name) value=(filled.of(name)); } }
}
