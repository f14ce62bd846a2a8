using System.Globalization;
using System.Text;

namespace Nbpy.Influx.Spooling;

/// <summary>Batches on disk while the store is away: what <see cref="Append"/> returned for survives a kill at any instruction and a
/// loss of power. Segments of records with checksums; on opening, torn tails are cut and damaged records are skipped, named and
/// counted. Thread-safe; reading is for one reader.</summary>
/// <remarks>Where reading stands is in <c>position</c>, written after each record is done with; a kill between the two reads a
/// record again, which stores the same points again.</remarks>
public sealed class Spool : IDisposable
{
    private readonly SpoolOptions options;
    private readonly Lock gate = new();
    private readonly List<SpoolSegment> segments = [];
    private readonly List<MessageRange> lost = [];
    private Stream? writing;
    private long lostLines;
    private long cutBytes;

    /// <summary>Opens the folder and checks every record in it.</summary>
    /// <exception cref="IOException">The folder or a file in it cannot be used.</exception>
    public Spool(SpoolOptions options)
    {
        this.options = options;
        Directory.CreateDirectory(options.Directory);
        var (readNumber, readPosition) = ReadPosition();
        foreach (var path in Directory.EnumerateFiles(options.Directory, "*.spool").Order(StringComparer.Ordinal))
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                Recover(new SpoolSegment(path, number), readNumber, readPosition);
    }

    /// <summary>Lines held and not done with.</summary>
    public long Lines { get { lock (gate) return segments.Sum(s => s.Lines); } }

    /// <summary>Bytes on disk.</summary>
    public long Bytes { get { lock (gate) return segments.Sum(s => s.Length); } }

    /// <summary>Lines lost here: dropped at the cap, or damaged on disk.</summary>
    public long LostLines { get { lock (gate) return lostLines; } }

    /// <summary>Bytes cut off as torn when the spool was opened.</summary>
    public long CutBytes { get { lock (gate) return cutBytes; } }

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Lines == 0;

    /// <summary>The messages of lost lines that were not taken yet, and forgets them: whoever takes them names them.</summary>
    public IReadOnlyList<MessageRange> TakeLost()
    {
        lock (gate)
        {
            MessageRange[] taken = [.. lost];
            lost.Clear();
            return taken;
        }
    }

    /// <summary>Holds a batch: when this returns true it is on the disk.</summary>
    /// <returns>False when the spool is full and its policy is to block.</returns>
    /// <exception cref="IOException">The disk takes it not (full, broken); nothing of the batch is held, and the spool can be used on.</exception>
    internal bool Append(LineBatch batch, MessageRange messages)
    {
        var record = SpoolRecord.Encode(batch, messages);
        lock (gate)
        {
            if (!MakeRoom(record.Length))
                return false;
            var segment = WritableSegment(record.Length);
            try
            {
                writing!.Write(record);
                if (writing is FileStream file)
                    file.Flush(flushToDisk: true);
                else
                    writing.Flush();
            }
            catch
            {
                // What the disk took of it is no record: the next goes to a segment of its own, and this one ends where it was whole.
                CloseWriting();
                TryTruncate(segment);
                throw;
            }

            segment.Length += record.Length;
            segment.Lines += batch.Count;
            return true;
        }
    }

    /// <summary>The oldest batch, without taking it. Damaged records on the way are skipped, counted and named.</summary>
    internal bool TryPeek(out LineBatch batch, out MessageRange messages)
    {
        lock (gate)
        {
            while (segments.Count > 0)
            {
                var segment = segments[0];
                while (segment.Position < segment.Length)
                {
                    var (record, body) = Read(segment);
                    messages = record.Messages;
                    if (record.TryDecode(body, out batch))
                        return true;
                    Lose(record.Messages, record.Lines);
                    segment.Position += SpoolRecord.HeaderLength + record.BodyLength;
                }

                segment.Lines = 0;
                if (segments.Count == 1 && writing is not null)
                    break;
                Remove(segment);
            }

            batch = default;
            messages = default;
            return false;
        }
    }

    /// <summary>The batch that <see cref="TryPeek"/> gave is done with.</summary>
    internal void Advance()
    {
        lock (gate)
        {
            if (segments.Count == 0)
                return;
            var segment = segments[0];
            var (record, _) = Read(segment);
            segment.Position += SpoolRecord.HeaderLength + record.BodyLength;
            segment.Lines -= record.Lines;
            WritePosition(segment);
            if (segment.Position < segment.Length)
                return;
            if (segments.Count == 1)
                CloseWriting();
            Remove(segment);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
            CloseWriting();
    }

    private static (SpoolRecord Record, byte[] Body) Read(SpoolSegment segment)
    {
        using var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = segment.Position;
        var header = new byte[SpoolRecord.HeaderLength];
        file.ReadExactly(header);
        if (!SpoolRecord.TryRead(header, out var record))
            throw new IOException($"{segment.Path} was changed by somebody else: there is no record at {segment.Position}.");
        var body = new byte[record.BodyLength];
        file.ReadExactly(body);
        return (record, body);
    }

    private void Recover(SpoolSegment segment, long readNumber, long readPosition)
    {
        if (segment.Number < readNumber)
        {
            File.Delete(segment.Path);
            return;
        }

        segment.Position = segment.Number == readNumber ? readPosition : 0;
        var scan = SpoolScan.Of(segment.Path, segment.Position);
        var onDisk = new FileInfo(segment.Path).Length;
        segment.Length = scan.Length;
        segment.Lines = scan.Lines;
        cutBytes += onDisk - scan.Length;
        if (onDisk > scan.Length)
            using (var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write))
                file.SetLength(scan.Length);
        segment.Position = Math.Min(segment.Position, segment.Length);
        if (segment.Position < segment.Length)
            segments.Add(segment);
        else
            File.Delete(segment.Path);
    }

    private bool MakeRoom(int needed)
    {
        while (segments.Sum(s => s.Length) + needed > options.MaxBytes)
        {
            if (options.WhenFull == SpoolFullPolicy.Block || segments.Count == 0)
                return false;
            if (segments.Count == 1)
                CloseWriting();
            Drop(segments[0]);
        }

        return true;
    }

    private void Drop(SpoolSegment segment)
    {
        while (segment.Position < segment.Length)
        {
            var (record, _) = Read(segment);
            Lose(record.Messages, record.Lines);
            segment.Position += SpoolRecord.HeaderLength + record.BodyLength;
        }

        Remove(segment);
    }

    private void Lose(MessageRange messages, int lines)
    {
        lost.Add(messages);
        lostLines += lines;
    }

    private SpoolSegment WritableSegment(int needed)
    {
        if (writing is not null && segments[^1].Length + needed <= options.SegmentBytes)
            return segments[^1];
        CloseWriting();
        var number = Math.Max(segments.Count == 0 ? 0 : segments[^1].Number, ReadPosition().Number) + 1;
        var segment = new SpoolSegment(Path.Combine(options.Directory, number.ToString("D12", CultureInfo.InvariantCulture) + ".spool"), number);
        writing = options.OpenForAppend?.Invoke(segment.Path)
            ?? new FileStream(segment.Path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        segments.Add(segment);
        return segment;
    }

    private static void TryTruncate(SpoolSegment segment)
    {
        try
        {
            using var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write, FileShare.Read);
            file.SetLength(segment.Length);
        }
        catch (IOException)
        {
            // The error that led here is the one that is reported; opening the spool cuts the tail.
        }
    }

    private void CloseWriting()
    {
        writing?.Dispose();
        writing = null;
    }

    private void Remove(SpoolSegment segment)
    {
        segments.Remove(segment);
        File.Delete(segment.Path);
    }

    private string PositionPath => Path.Combine(options.Directory, "position");

    private (long Number, long Position) ReadPosition()
    {
        if (!File.Exists(PositionPath))
            return (0, 0);
        var parts = File.ReadAllText(PositionPath).Split(' ');
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? (number, position)
            : (0, 0);
    }

    private void WritePosition(SpoolSegment segment)
    {
        // The trailing word shows that the line is whole.
        var partial = PositionPath + ".part";
        File.WriteAllText(partial, string.Create(CultureInfo.InvariantCulture, $"{segment.Number} {segment.Position} ."), Encoding.ASCII);
        File.Move(partial, PositionPath, overwrite: true);
    }
}
