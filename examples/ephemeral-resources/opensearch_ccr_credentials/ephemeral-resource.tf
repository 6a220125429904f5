ephemeral "opensearch_ccr_credentials" "eu" {
  service_name = "search-eu"
}

# The same provider at index level, on that service. The password is in no state and in no plan.
provider "opensearch" {
  alias = "eu"
  clusters = {
    eu = {
      url      = ephemeral.opensearch_ccr_credentials.eu.url
      username = ephemeral.opensearch_ccr_credentials.eu.username
      password = ephemeral.opensearch_ccr_credentials.eu.password
    }
  }
}

data "opensearch_ccr_status" "eu" {
  provider = opensearch.eu
  cluster  = "eu"
}
