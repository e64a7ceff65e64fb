//! What a write that broke off leaves of a file.

/// Disks write at least this many bytes as a whole, or not at all.
const SECTOR: usize = 512;

/// Whether a file of these bytes can be what is left when `new` was written over `old`, or `old` over `new`, and the write
/// broke off: killed, some bytes at the front are the later ones; without power, any sectors are the one or the other.
/// Where only the length is on disk yet, there are zeros. `new` is the longer one.
pub(super) fn is_torn(now: &[u8], old: &[u8], new: &[u8]) -> bool {
    let may_be = (old.len()..=new.len()).contains(&now.len());
    may_be
        && now.chunks(SECTOR).enumerate().all(|(at, part)| {
            let sector = |text: &[u8]| {
                let mut bytes: Vec<u8> = text.iter().skip(at * SECTOR).take(part.len()).copied().collect();
                bytes.resize(part.len(), 0);
                bytes
            };
            let (old, new) = (sector(old), sector(new));
            is_mixed(part, &new, &old) || is_mixed(part, &old, &new)
        })
}

/// Whether `part` is some of `front` and then `back`; all three have one length.
fn is_mixed(part: &[u8], front: &[u8], back: &[u8]) -> bool {
    let common = part.iter().zip(front).take_while(|(a, b)| a == b).count();
    part[common..] == back[common..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_and_every_mix_of_sectors_is_known_and_people_s_work_is_not() {
        let old: Vec<u8> = (0..1500_u32).map(|at| (at * 7 % 251) as u8 + 1).collect();
        let new = [b"block\n".repeat(40).as_slice(), &old].concat();
        for cut in 0..=new.len() {
            let front: Vec<u8> = new[..cut].iter().copied().chain(old.iter().skip(cut).copied()).collect();
            assert!(is_torn(&front, &old, &new), "new up to {cut}");
            let undone: Vec<u8> = old.iter().take(cut).copied().chain(new.iter().skip(cut.min(old.len())).copied()).collect();
            assert!(is_torn(&undone, &old, &new), "old up to {cut}");
        }
        for mix in 0..16_usize {
            for length in [old.len(), 1600, new.len()] {
                let mut now = old.clone();
                now.resize(length, 0);
                for sector in (0..length.div_ceil(SECTOR)).filter(|sector| mix >> sector & 1 == 1) {
                    let range = sector * SECTOR..(sector * SECTOR + SECTOR).min(length);
                    now[range.clone()].copy_from_slice(&new[range]);
                }
                assert!(is_torn(&now, &old, &new), "sectors {mix:b}, {length} bytes");
            }
        }
        let edited = |text: &[u8], at: usize| [&text[..at], b"!", &text[at + 1..]].concat();
        assert!(!is_torn(&edited(&old, 100), &old, &new) && !is_torn(&edited(&new, 1400), &old, &new));
        assert!(!is_torn(&old[1..], &old, &new) && !is_torn(&[new.as_slice(), b"\n"].concat(), &old, &new));
        assert!(!is_torn(b"", &old, &new));
    }
}
