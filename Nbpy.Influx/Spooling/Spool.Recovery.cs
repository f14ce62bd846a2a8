using System.Globalization;

namespace Nbpy.Influx.Spooling;

/// <summary>Opening: what an earlier run left behind.</summary>
public sealed partial class Spool
{
    private void Recover()
    {
        var found = new List<SpoolSegment>();
        foreach (var path in Directory.EnumerateFiles(options.Directory, "*.spool").Order(StringComparer.Ordinal))
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                found.Add(new SpoolSegment(path, number));
        found.ForEach(CheckVersion);
        var before = default(MessageRange);
        for (var i = 0; i < found.Count; i++)
            before = Recover(found[i], before, i + 1 < found.Count ? found[i + 1] : null);
    }

    /// <summary>Takes a segment over: its torn tail is cut, and a segment with damage is written anew without it, named and counted.</summary>
    /// <param name="segment">Whose file is there.</param>
    /// <param name="before">The last record's messages of the segments before it.</param>
    /// <param name="next">The segment after it; null: there is none.</param>
    /// <returns>Those of this one's last record.</returns>
    private MessageRange Recover(SpoolSegment segment, MessageRange before, SpoolSegment? next)
    {
        if (segment.Number < position.Segment)
        {
            File.Delete(segment.Path);
            return before;
        }

        var good = new List<SpoolEntry>();
        long start;
        bool isDamaged;
        using (var file = OpenRead(segment))
        {
            start = segment.Number == position.Segment ? Math.Min(position.At, file.Length) : 0;
            segment.Before = before;
            (isDamaged, var end) = Check(file, segment, start, good, ref before);

            // Where a segment follows, this one was whole.
            if (next is not null && SpoolScan.Header(file, end) is { } cut)
            {
                losses.Add(cut.Messages, cut.Lines);
                before = cut.Messages;
            }

            // A damaged header with no record behind it looks like a torn write, but what it held was promised.
            if (SpoolScan.HiddenLines(file, end) is > 0 and var hidden)
            {
                before = Hidden(hidden, before, next);
                losses.Add(before, hidden);
            }

            segment.Length = good.Count == 0 ? start : good[^1].End;
            CutBytes += file.Length - segment.Length;
        }

        losses.Save();
        segment.Position = start;
        segment.Lines = good.Sum(e => (long)e.Record.Lines);
        highest = Math.Max(highest, segment.Number);
        if (good.Count == 0)
        {
            File.Delete(segment.Path);
            return before;
        }

        if (isDamaged)
            Rewrite(segment, start, good);
        else if (new FileInfo(segment.Path).Length > segment.Length)
            using (var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write))
                file.SetLength(segment.Length);
        segments.Add(segment);
        return before;
    }

    /// <exception cref="IOException">A segment is of another version: nothing is touched.</exception>
    private static void CheckVersion(SpoolSegment segment)
    {
        using var file = OpenRead(segment);
        if (SpoolRecord.IsOfAnotherVersion(SpoolScan.Head(file, 0)))
            throw new IOException($"{segment.Path} was written by another version; let that one store it, or move it away");
    }

    /// <summary>The messages of lines whose header is lost: those right before the next segment's, else those right behind the last ones known.</summary>
    private static MessageRange Hidden(int lines, MessageRange before, SpoolSegment? next)
    {
        if (next is not null)
        {
            using var file = OpenRead(next);
            if (SpoolScan.Next(file, 0, file.Length) is { At: 0 } entry && entry.Record.Messages is var after && after.Epoch == before.Epoch && after.First > before.Last + (ulong)lines)
                return new MessageRange(after.Epoch, after.First - (ulong)lines, after.First - 1);
        }

        return new MessageRange(before.Epoch, before.Last + 1, before.Last + (ulong)lines);
    }

    /// <summary>Reads every record: whether something between them or in them is damaged, and where the last one ends.</summary>
    private (bool IsDamaged, long End) Check(FileStream file, SpoolSegment segment, long start, List<SpoolEntry> good, ref MessageRange before)
    {
        var isDamaged = false;
        var at = start;
        for (; SpoolScan.Next(file, at, file.Length) is { } entry; (at, before) = (entry.End, entry.Record.Messages))
        {
            if (entry.At > at)
            {
                Lose(SpoolScan.Between(file, at, before, entry), segment);
                isDamaged = true;
            }

            if (entry.Record.TryDecode(SpoolScan.Body(file, entry), out _))
            {
                segment.Messages = segment.Messages.With(entry.Record.Messages);
                good.Add(entry);
                continue;
            }

            losses.Add(entry.Record.Messages, entry.Record.Lines);
            isDamaged = true;
        }

        return (isDamaged, at);
    }

    /// <summary>The part that was read already stays as it is, so that the noted place of reading stays right.</summary>
    private static void Rewrite(SpoolSegment segment, long start, List<SpoolEntry> good)
    {
        var partial = segment.Path + ".part";
        using (var from = OpenRead(segment))
        using (var to = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            Copy(from, to, 0, start);
            foreach (var entry in good)
                Copy(from, to, entry.At, entry.End - entry.At);
            to.Flush(flushToDisk: true);
            segment.Length = to.Length;
        }

        File.Move(partial, segment.Path, overwrite: true);
    }

    private static void Copy(FileStream from, FileStream to, long at, long count)
    {
        var bytes = new byte[count];
        from.Position = at;
        from.ReadExactly(bytes);
        to.Write(bytes);
    }
}
