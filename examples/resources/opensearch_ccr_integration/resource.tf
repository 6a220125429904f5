variable "project" {
  type = string
}

# Two services that exist, or that Aiven's provider makes: link them and replicate.
resource "opensearch_ccr_integration" "us_to_eu" {
  project               = var.project
  leader_service_name   = "search-us" # with Aiven's provider: aiven_opensearch.us.service_name
  follower_service_name = "search-eu"

  # With these the rules of plans are checked although the services may not exist yet.
  leader_plan   = "business-8"
  follower_plan = "business-8"

  # On destroy: unlink, and keep the follower as a service of its own.
  on_destroy = "promote"
}
