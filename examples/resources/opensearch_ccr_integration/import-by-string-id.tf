import {
  to = opensearch_ccr_integration.us_to_eu
  id = "acme/search-us/acme/search-eu"
}
