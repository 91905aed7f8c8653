//! Integration tests of story-data.

mod collate;
mod collate_bad;
mod collate_features;
mod collate_language;
mod collate_prefetch;
mod collate_steps;
mod sources;
mod sources_books;
mod sources_common;
mod sources_damaged;
mod sources_folder;
mod sources_hub;
mod sources_hub_cache;
mod story_reasoning;
mod story_reasoning_books;
mod story_reasoning_hostile;
mod story_reasoning_properties;
mod story_reasoning_stats;
mod synthetic;
mod synthetic_oracle;
mod tokenizer;
mod tokenizer_byte_level;
mod tokenizer_clip;
mod tokenizer_language;
mod windows;
