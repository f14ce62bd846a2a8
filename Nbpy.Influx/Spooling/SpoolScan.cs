namespace Nbpy.Influx.Spooling;

/// <summary>A record's place in a segment.</summary>
/// <param name="At">Where its header begins.</param>
/// <param name="Record">Its header.</param>
internal readonly record struct SpoolEntry(long At, SpoolRecord Record)
{
    /// <summary>Where the next record begins.</summary>
    public long End => At + SpoolRecord.HeaderLength + Record.BodyLength;
}

/// <summary>Finds the records of a segment, also behind bytes that are none.</summary>
internal static class SpoolScan
{
    private const int Window = 64 * 1024;

    /// <summary>The first record at or behind a place.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="from">Where to begin: a record's place, as a rule.</param>
    /// <param name="end">The segment's length.</param>
    /// <returns>Null when no whole record is left: what follows is a torn write.</returns>
    public static SpoolEntry? Next(FileStream file, long from, long end)
    {
        var window = new byte[Window];
        for (var at = from; at + SpoolRecord.HeaderLength <= end;)
        {
            file.Position = at;
            var read = file.ReadAtLeast(window.AsSpan(0, (int)Math.Min(Window, end - at)), SpoolRecord.HeaderLength, throwOnEndOfStream: false);
            if (read < SpoolRecord.HeaderLength)
                return null;
            // Nearly always the first byte; else a header was damaged, and the next one is looked for.
            for (var i = 0; i + SpoolRecord.HeaderLength <= read; i++)
                if (SpoolRecord.TryRead(window.AsSpan(i, SpoolRecord.HeaderLength), out var record)
                    && at + i + SpoolRecord.HeaderLength + record.BodyLength <= end)
                    return new SpoolEntry(at + i, record);
            at += read - SpoolRecord.HeaderLength + 1;
        }

        return null;
    }

    /// <summary>How many lines a segment's end hides behind a header that was damaged: what follows the last whole record and is no torn write.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="at">Where the last whole record ends.</param>
    /// <returns>0 for a torn write: less than a header, the header of a body that is not all there, or nothing but zeros behind a part of one. Else
    /// the lines of the bodies' tables of ends where those fit, and 1 where they do not: nobody knows how many.</returns>
    public static int HiddenLines(FileStream file, long at)
    {
        var left = file.Length - at;
        if (left <= SpoolRecord.HeaderLength)
            return 0;
        if (left > SpoolRecord.HeaderLength + SpoolRecord.MaxBodyLength)
            return 1;
        var tail = new byte[left];
        file.Position = at;
        file.ReadExactly(tail);
        var body = tail.AsSpan(SpoolRecord.HeaderLength);
        return SpoolRecord.TryRead(tail, out _) || !body.ContainsAnyExcept((byte)0) ? 0 : Math.Max(1, SpoolRecord.LinesOf(tail));
    }

    /// <summary>The header at a place; null when none is there, or not all of it.</summary>
    public static SpoolRecord? Header(FileStream file, long at) => SpoolRecord.TryRead(Head(file, at), out var record) ? record : null;

    /// <summary>As many bytes as a header has, or what there is.</summary>
    public static byte[] Head(FileStream file, long at)
    {
        var bytes = new byte[Math.Clamp(file.Length - at, 0, SpoolRecord.HeaderLength)];
        file.Position = at;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>What stood between two records behind a damaged header, or several.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="from">Where the record before ends.</param>
    /// <param name="before">Its messages; epoch 0: there is none.</param>
    /// <param name="after">The record after.</param>
    /// <returns>The messages, with how many lines they were.</returns>
    public static IEnumerable<(MessageRange Messages, long Lines)> Between(FileStream file, long from, MessageRange before, SpoolEntry after)
    {
        var bytes = new byte[Math.Min(after.At - from, SpoolRecord.HeaderLength + SpoolRecord.MaxBodyLength)];
        file.Position = from;
        file.ReadExactly(bytes);
        return Between(before, after.Record.Messages, SpoolRecord.LinesOf(bytes));
    }

    /// <summary>As many messages as there were lines, right before those that follow: what was stored without the spool in between is not among
    /// them. Where the epoch that follows has not so many before, the others end the one before.</summary>
    private static IEnumerable<(MessageRange Messages, long Lines)> Between(MessageRange before, MessageRange after, int lines)
    {
        var follows = before.Epoch == after.Epoch && before.Last + 1 < after.First;
        var room = follows ? after.First - 1 - before.Last : Math.Max(after.First, 1) - 1;
        if (lines == 0)
        {
            // Nobody knows how many: all between them, or the one that must have been there.
            var first = follows ? before.Last + 1 : Math.Max(after.First, 2) - 1;
            var last = Math.Max(after.First, 2) - 1;
            yield return (new MessageRange(after.Epoch, first, last), (long)(last - first + 1));
            yield break;
        }

        var here = Math.Min(room, (ulong)lines);
        var rest = (ulong)lines - here;
        if (rest > 0 && before.Epoch != 0)
            yield return (new MessageRange(before.Epoch, before.Last + 1, before.Last + rest), (long)rest);
        if (here > 0)
            yield return (new MessageRange(after.Epoch, after.First - here, after.First - 1), before.Epoch == 0 ? lines : (long)here);
        else if (before.Epoch == 0)
            yield return (new MessageRange(0, 1, rest), (long)rest);
    }

    /// <summary>A record's body.</summary>
    public static byte[] Body(FileStream file, SpoolEntry entry)
    {
        var body = new byte[entry.Record.BodyLength];
        file.Position = entry.At + SpoolRecord.HeaderLength;
        file.ReadExactly(body);
        return body;
    }
}
