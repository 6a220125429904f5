# Two services that Aiven's provider manages; this resource links them and replicates.
resource "opensearch_ccr_integration" "us_to_eu" {
  leader_service_name   = aiven_opensearch.us.service_name
  follower_service_name = aiven_opensearch.eu.service_name

  # The plan rules are checked although the services may not exist yet.
  leader_plan   = aiven_opensearch.us.plan
  follower_plan = aiven_opensearch.eu.plan

  # On destroy: unlink, and keep the follower as a service of its own.
  on_destroy = "promote"
}
