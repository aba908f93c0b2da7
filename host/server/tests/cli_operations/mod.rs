//! What an operator does with steps and tenants.

mod rollouts;
mod tenants;
