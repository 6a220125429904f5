import {
  to = opensearch_ccr_follower.eu
  identity = {
    project      = "acme"
    service_name = "search-eu"
  }
}
