data "opensearch_ccr_plans" "eu" {
  leader_service_name = "search-us"
  cloud_name          = "aws-eu-west-1"
}

output "plans" {
  value = [for plan in data.opensearch_ccr_plans.eu.plans : plan.name]
}
