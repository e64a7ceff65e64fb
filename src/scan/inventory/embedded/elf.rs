//! What is needed of a program: where its sections and segments are. Source: the ELF specification, "Object Files".

use std::io::{self, Read, Seek, SeekFrom};

/// Tables of sections and segments have at most so many bytes.
const TABLE: u64 = 8 << 20;

/// A section, or a segment without a name.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The name of a section.
    pub name: String,
    /// Where it is when the program runs.
    pub address: u64,
    /// Where it is in the file.
    pub offset: u64,
    /// Its bytes in the file.
    pub size: u64,
    /// Whether the running program may write it.
    pub writable: bool,
}

/// A program or library.
pub(super) struct Elf<'a, F> {
    file: &'a mut F,
    wide: bool,
    big: bool,
    /// Its sections; a program may have none.
    pub sections: Vec<Part>,
    /// The segments that are loaded.
    pub segments: Vec<Part>,
}

/// Whether a file of this beginning is a program or library, and not a piece of one or what is left of a crash.
pub(super) fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF") && head.get(16..18).is_some_and(|kind| matches!(kind, [2 | 3, 0] | [0, 2 | 3]))
}

impl<'a, F: Read + Seek> Elf<'a, F> {
    /// Reads the tables; none where it is no program.
    pub fn read(file: &'a mut F) -> io::Result<Option<Self>> {
        let mut head = [0; 64];
        file.seek(SeekFrom::Start(0))?;
        file.take(64).read_exact(&mut head[..])?;
        if !is_program(&head) {
            return Ok(None);
        }
        let mut elf = Self { file, wide: head[4] == 2, big: head[5] == 2, sections: Vec::new(), segments: Vec::new() };
        let (segments, sections, sizes) = if elf.wide { (32, 40, 54) } else { (28, 32, 42) };
        let short = |at| elf.number(&head, at, 2);
        let [segment_size, segment_count, section_size, section_count, names] = [0, 2, 4, 6, 8].map(|at| short(sizes + at));
        let (segments, sections) = (elf.word(&head, segments), elf.word(&head, sections));
        elf.segments = elf.table(segments, segment_size, segment_count)?.iter().filter_map(|entry| elf.segment(entry)).collect();
        let table = elf.table(sections, section_size, section_count)?;
        elf.sections = elf.named(&table, names)?;
        Ok(Some(elf))
    }

    fn number(&self, bytes: &[u8], at: usize, width: usize) -> u64 {
        let Some(bytes) = bytes.get(at..at + width) else { return 0 };
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        if self.big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    /// A number that is as wide as the program's addresses.
    pub fn word(&self, bytes: &[u8], at: usize) -> u64 {
        self.number(bytes, at, self.width())
    }

    /// Bytes of an address.
    pub fn width(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    fn table(&mut self, offset: u64, size: u64, count: u64) -> io::Result<Vec<Vec<u8>>> {
        let Some(width) = usize::try_from(size).ok().filter(|size| *size >= 32) else { return Ok(Vec::new()) };
        let bytes = self.at(offset, (size * count).min(TABLE))?;
        Ok(bytes.chunks_exact(width).map(<[u8]>::to_vec).collect())
    }

    fn segment(&self, entry: &[u8]) -> Option<Part> {
        let (flags, offset, address, size) = if self.wide { (4, 8, 16, 32) } else { (24, 4, 8, 16) };
        let loaded = self.number(entry, 0, 4) == 1;
        loaded.then(|| Part {
            name: String::new(),
            address: self.word(entry, address),
            offset: self.word(entry, offset),
            size: self.word(entry, size),
            writable: self.number(entry, flags, 4) & 2 != 0,
        })
    }

    fn named(&mut self, table: &[Vec<u8>], names: u64) -> io::Result<Vec<Part>> {
        let (flags, address, offset, size) = if self.wide { (8, 16, 24, 32) } else { (8, 12, 16, 20) };
        let parts: Vec<(u64, Part)> = table
            .iter()
            .map(|entry| {
                let [address, offset, size, flags] = [address, offset, size, flags].map(|at| self.word(entry, at));
                (self.number(entry, 0, 4), Part { name: String::new(), address, offset, size, writable: flags & 1 != 0 })
            })
            .collect();
        let Some((_, texts)) = usize::try_from(names).ok().and_then(|names| parts.get(names)) else { return Ok(Vec::new()) };
        let texts = self.at(texts.offset, texts.size.min(TABLE))?;
        let name = |at: u64| {
            let text = usize::try_from(at).ok().and_then(|at| texts.get(at..)).and_then(|rest| rest.split(|byte| *byte == 0).next());
            String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
        };
        Ok(parts.into_iter().map(|(at, part)| Part { name: name(at), ..part }).collect())
    }

    /// At most so many bytes from a place in the file; fewer where it ends before.
    pub fn at(&mut self, offset: u64, count: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Bytes from where they are when the program runs.
    pub fn at_address(&mut self, address: u64, count: u64) -> io::Result<Vec<u8>> {
        let inside = |part: &&Part| address.checked_sub(part.address).is_some_and(|within| within < part.size);
        let Some(part) = self.segments.iter().find(inside) else { return Ok(Vec::new()) };
        let (within, offset) = (address - part.address, part.offset);
        self.at(offset.saturating_add(within), count)
    }
}
