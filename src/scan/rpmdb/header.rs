//! The header of a package. Source: rpm's manual, "RPM V4 Package format", "Header".

use super::RpmError;
use super::pages::big;

/// Tags of a header. Source: rpm's manual, "RPM Tags".
pub mod tag {
    #![allow(missing_docs)] // The names are rpm's own.
    pub const NAME: u32 = 1000;
    pub const VERSION: u32 = 1001;
    pub const RELEASE: u32 = 1002;
    pub const EPOCH: u32 = 1003;
    pub const VENDOR: u32 = 1011;
    pub const LICENSE: u32 = 1014;
    pub const PACKAGER: u32 = 1015;
    pub const ARCH: u32 = 1022;
    pub const FILESIZES: u32 = 1028;
    pub const FILESTATES: u32 = 1029;
    pub const FILEMODES: u32 = 1030;
    pub const FILERDEVS: u32 = 1033;
    pub const FILEMTIMES: u32 = 1034;
    pub const FILEDIGESTS: u32 = 1035;
    pub const FILELINKTOS: u32 = 1036;
    pub const FILEFLAGS: u32 = 1037;
    pub const FILEUSERNAME: u32 = 1039;
    pub const FILEGROUPNAME: u32 = 1040;
    pub const SOURCERPM: u32 = 1044;
    pub const FILEVERIFYFLAGS: u32 = 1045;
    pub const DIRINDEXES: u32 = 1116;
    pub const BASENAMES: u32 = 1117;
    pub const DIRNAMES: u32 = 1118;
    pub const LONGFILESIZES: u32 = 5008;
    pub const FILECAPS: u32 = 5010;
    pub const FILEDIGESTALGO: u32 = 5011;
}

/// Bytes of an entry of the index.
const ENTRY: usize = 16;
/// No tag has more values; packages with the most files have some 100,000.
const MOST: u32 = 1 << 20;
/// The form of bytes, of which there may be more.
const BINARY: u32 = 7;

/// The header of a package.
#[derive(Clone, Debug)]
pub struct Header {
    bytes: Vec<u8>,
    /// Where the data begins.
    data: usize,
}

/// Where an entry's values stand.
struct Entry {
    form: u32,
    offset: usize,
    count: usize,
}

impl Header {
    /// From the bytes that the database holds.
    ///
    /// # Errors
    /// When they are shorter than they say.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, RpmError> {
        let (entries, length) = (big(&bytes, 0)? as usize, big(&bytes, 4)? as usize);
        let data = entries.checked_mul(ENTRY).and_then(|size| size.checked_add(8));
        match data {
            Some(data) if data.checked_add(length).is_some_and(|end| end <= bytes.len()) => Self { bytes, data }.checked(),
            _ => Err(RpmError::Damaged("a package's header is longer than its place")),
        }
    }

    /// Its bytes.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A count of values is believed only as far as it can be true: each takes memory, even an empty text.
    fn checked(self) -> Result<Self, RpmError> {
        let mut entries = self.bytes.get(8..self.data).unwrap_or_default().chunks_exact(ENTRY);
        let is_lie = |entry: &[u8]| matches!((big(entry, 4), big(entry, 12)), (Ok(form), Ok(count)) if form != BINARY && count > MOST);
        if entries.any(is_lie) { Err(RpmError::Damaged("a package says that it has more than a million of something")) } else { Ok(self) }
    }

    fn entry(&self, wanted: u32) -> Option<Entry> {
        let index = self.bytes.get(8..self.data)?;
        let entry = index.chunks_exact(ENTRY).find(|entry| big(entry, 0).is_ok_and(|tag| tag == wanted))?;
        let number = |offset| big(entry, offset).ok();
        Some(Entry { form: number(4)?, offset: self.data.checked_add(number(8)? as usize)?, count: number(12)? as usize })
    }

    /// The texts of a tag, one or many; none where it is not there or holds numbers.
    pub fn texts(&self, wanted: u32) -> Vec<&str> {
        let Some(Entry { form, offset, count }) = self.entry(wanted) else { return Vec::new() };
        let Some(bytes) = self.bytes.get(offset..).filter(|_| matches!(form, 6 | 8 | 9)) else { return Vec::new() };
        let texts = bytes.split(|byte| *byte == 0).take(if form == 6 { 1 } else { count });
        texts.map(|text| std::str::from_utf8(text).unwrap_or_default()).collect()
    }

    /// The first text of a tag.
    pub fn text(&self, wanted: u32) -> Option<&str> {
        self.texts(wanted).first().copied().filter(|text| !text.is_empty() && *text != "(none)")
    }

    /// The numbers of a tag, of whatever width; none where it is not there or holds texts.
    pub fn numbers(&self, wanted: u32) -> Vec<u64> {
        let Some(Entry { form, offset, count }) = self.entry(wanted) else { return Vec::new() };
        let width = match form {
            1 | 2 => 1,
            3 => 2,
            4 => 4,
            5 => 8,
            _ => return Vec::new(),
        };
        let bytes = self.bytes.get(offset..).unwrap_or_default();
        bytes.chunks_exact(width).take(count).map(|one| one.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))).collect()
    }

    /// The bytes of a tag that holds neither texts nor numbers.
    pub fn binary(&self, wanted: u32) -> Option<&[u8]> {
        let Entry { form, offset, count } = self.entry(wanted)?;
        self.bytes.get(offset..offset.checked_add(count)?).filter(|_| form == BINARY)
    }
}
