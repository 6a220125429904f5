# A read replica of search-us in Europe: same plan, same version, every index.
resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
}

# A follower of some indices, protected, with a maintenance window of its own.
resource "opensearch_ccr_follower" "reports" {
  leader_service_name = "search-us"
  service_name        = "search-reports"
  cloud_name          = "google-europe-west1"

  index_patterns         = ["orders-*", "products"]
  termination_protection = true

  maintenance_window = {
    day  = "sunday"
    time = "03:00:00"
  }

  timeouts = {
    create = "90m"
  }
}
