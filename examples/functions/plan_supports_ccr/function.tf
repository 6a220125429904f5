variable "leader_plan" {
  type    = string
  default = "business-4"

  validation {
    condition     = provider::opensearch::plan_supports_ccr(var.leader_plan)
    error_message = "Choose a plan with cross-cluster replication."
  }
}
