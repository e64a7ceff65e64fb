//! `Link: <…>; rel="next"`: where the next page of a list stands (RFC 8288).

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

/// The address of the next page, resolved against the page it stands on.
///
/// # Errors
/// When the link leads to another host or scheme: what we sign in with must not go there.
pub(super) fn next(headers: &HeaderMap, page: &Url) -> Result<Option<Url>, String> {
    let Some(target) = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_target) else {
        return Ok(None);
    };
    let url = page.join(target).map_err(|e| format!("the link to the next page cannot be read: {e}"))?;
    if url.origin() != page.origin() {
        return Err("the link to the next page leads to another host".to_owned());
    }
    Ok(Some(url))
}

fn next_target(header: &str) -> Option<&str> {
    let (target, parameters) = header.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split([';', ',']).any(|part| {
        part.trim().split_once('=').is_some_and(|(key, value)| {
            key.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        })
    });
    is_next.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn follow(link: &str) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(LINK, HeaderValue::from_str(link).unwrap());
        let page = Url::parse("https://r.example:5000/v2/a/tags/list?n=2").unwrap();
        next(&headers, &page).map(|url| url.map(|url| url.to_string()))
    }

    #[test]
    fn relative_and_absolute_links_lead_on() {
        let expected = Ok(Some("https://r.example:5000/v2/a/tags/list?last=b&n=2".to_owned()));
        assert_eq!(follow("</v2/a/tags/list?last=b&n=2>; rel=\"next\""), expected);
        assert_eq!(follow("<https://r.example:5000/v2/a/tags/list?last=b&n=2>;rel=next"), expected);
        assert_eq!(follow("</v2/a/tags/list?last=b>; rel=\"prev\""), Ok(None));
    }

    #[test]
    fn another_host_is_refused() {
        assert!(follow("<https://evil.example/v2/a/tags/list>; rel=\"next\"").is_err());
        assert!(follow("<http://r.example:5000/v2/a/tags/list>; rel=\"next\"").is_err());
    }
}
