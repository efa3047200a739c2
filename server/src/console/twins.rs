//! What there is to know of a record's photos before deciding, with the other picture beside this one where there is another.

use maud::{Markup, html};

use crate::checkin::{PhotoFact, PhotoView, RecordView};
use crate::edge::date_label;

/// Nothing where nothing is to be known.
pub fn notes(view: &RecordView) -> Markup {
    let photos: Vec<&PhotoView> = view.photos.iter().filter(|photo| !photo.facts.is_empty()).collect();
    html! {
        @if !photos.is_empty() {
            section class="card" {
                h2 { "照片要留意的地方" }
                p class="soft" { "这些只是提示,不是结论:请看了照片再定。" }
                @for photo in photos {
                    @for fact in &photo.facts { (note(photo, fact)) }
                }
            }
        }
    }
}

fn note(photo: &PhotoView, fact: &PhotoFact) -> Markup {
    html! {
        p class=[fact.look.then_some("hint")] { strong { (photo.label) ":" } (fact.text) }
        @if let Some(other) = &fact.other {
            div class="photos" {
                @if let Some(links) = &photo.links {
                    figure {
                        a href=(links.display) { img src=(links.thumb) alt=(photo.label); }
                        figcaption { "这一张" }
                    }
                }
                figure {
                    a href=(other.links.display) { img src=(other.links.thumb) alt="另一条记录的照片"; }
                    figcaption {
                        a href=(format!("/console/records/{}", other.record_id)) {
                            (other.unit_name) " " (date_label(other.happened_on)) " " (other.label)
                        }
                        br; span class="soft" { (other.state_label) }
                    }
                }
            }
        }
    }
}
