//! Integration tests: the public ops against PyTorch.

mod golden;
