//! The engine's limits as a scenario sets them.

use anyam_engine::Limits;

use super::scenario::Scenario;

/// The engine's limits with what the scenario changes.
pub fn limits(scenario: &Scenario) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for (name, value) in &scenario.limits {
        let (size, number) = (*value as usize, *value as u32);
        match name.as_str() {
            "max_call_depth" => limits.max_call_depth = size as u32,
            "max_elements" => limits.max_elements = size,
            "max_activations" => limits.max_activations = number,
            "max_isolated" => limits.max_isolated = number,
            "max_expression_bytes" => limits.max_expression_bytes = size,
            "max_step_input_bytes" => limits.max_step_input_bytes = size,
            "max_variable_bytes" => limits.max_variable_bytes = size,
            "max_variables" => limits.max_variables = size,
            "max_compensations" => limits.max_compensations = size,
            "max_variable_name_bytes" => limits.max_variable_name_bytes = size,
            "max_retries" => limits.max_retries = number,
            "default_time_to_live_ms" => limits.default_time_to_live_ms = *value,
            "max_backoff_ms" => limits.max_backoff_ms = *value,
            "max_timer_ahead_ms" => limits.max_timer_ahead_ms = *value,
            "min_cycle_interval_ms" => limits.min_cycle_interval_ms = *value,
            "max_text_bytes" => limits.max_text_bytes = size,
            "max_message_bytes" => limits.max_message_bytes = size,
            "max_candidates" => limits.max_candidates = size,
            "max_iterations" => limits.max_iterations = number,
            unknown => return Err(format!("there is no limit `{unknown}`")),
        }
    }
    Ok(limits)
}
