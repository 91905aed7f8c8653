//! Integration tests of story-data.

mod collate;
mod collate_bad;
mod collate_prefetch;
mod hub_server;
mod pixels;
mod sources;
mod sources_common;
mod sources_folder;
mod sources_hub;
mod story_reasoning;
mod story_reasoning_books;
mod story_reasoning_hostile;
mod story_reasoning_properties;
mod story_reasoning_stats;
mod synthetic;
mod synthetic_oracle;
mod tokenizer;
mod windows;
