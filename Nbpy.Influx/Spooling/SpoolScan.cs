namespace Nbpy.Influx.Spooling;

/// <summary>What a check of a segment found.</summary>
/// <param name="Length">Bytes up to which the segment can be read; what follows is cut off.</param>
/// <param name="Lines">Lines of good records from the position asked for.</param>
/// <param name="Damaged">Messages of records whose header is good and whose body is not.</param>
/// <param name="DamagedLines">Lines of those.</param>
internal sealed record SpoolScan(long Length, long Lines, IReadOnlyList<MessageRange> Damaged, long DamagedLines)
{
    /// <summary>Reads a segment from its start to its end, or to the first header that is none.</summary>
    public static SpoolScan Of(string path, long position)
    {
        using var file = File.OpenRead(path);
        var header = new byte[SpoolRecord.HeaderLength];
        var damaged = new List<MessageRange>();
        var (at, lines, damagedLines) = (0L, 0L, 0L);
        while (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
            && SpoolRecord.TryRead(header, out var record)
            && at + header.Length + record.BodyLength <= file.Length)
        {
            var body = new byte[record.BodyLength];
            file.ReadExactly(body);
            var good = record.TryDecode(body, out _);
            if (!good)
            {
                damaged.Add(record.Messages);
                damagedLines += record.Lines;
            }
            else if (at >= position)
            {
                lines += record.Lines;
            }

            at += header.Length + record.BodyLength;
        }

        return new SpoolScan(at, lines, damaged, damagedLines);
    }
}
