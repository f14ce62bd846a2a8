using System.Globalization;
using System.Text;

namespace Nbpy.Influx.Spooling;

/// <summary>Batches on disk while the store is away: what <see cref="Append"/> returned for survives a kill at any instruction and a
/// loss of power. Segments of records with checksums; on opening, torn tails are cut and damaged records are skipped, named and
/// counted. Thread-safe; reading is for one reader.</summary>
/// <remarks>Where reading stands is in <c>position</c>, written after each record is done with; a kill between the two reads a
/// record again, which stores the same points again.</remarks>
public sealed partial class Spool : IDisposable
{
    /// <summary>So many segments at least make up a full spool: dropping the oldest drops no more than such a part.</summary>
    private const int FewestSegments = 8;

    private readonly SpoolOptions options;
    private readonly int segmentBytes;
    private readonly Lock gate = new();
    private readonly List<SpoolSegment> segments = [];
    private readonly SpoolLosses losses;
    private readonly SpoolPosition position;
    private readonly FileStream inUse;
    private Stream? writing;
    private long highest;

    /// <summary>Opens the folder and checks every record in it.</summary>
    /// <exception cref="SpoolInUseException">Another process has it open.</exception>
    /// <exception cref="IOException">The folder or a file in it cannot be used.</exception>
    public Spool(SpoolOptions options)
    {
        this.options = options;
        segmentBytes = (int)Math.Min(options.SegmentBytes, options.MaxBytes / FewestSegments);
        Directory.CreateDirectory(options.Directory);
        inUse = Lock(Path.Combine(options.Directory, "lock"));
        try
        {
            losses = new SpoolLosses(Path.Combine(options.Directory, "lost"));
            position = new SpoolPosition(Path.Combine(options.Directory, "position"));
            highest = position.Segment;
            Recover();
        }
        catch
        {
            inUse.Dispose();
            throw;
        }
    }

    /// <summary>Lines held and not done with.</summary>
    public long Lines { get { lock (gate) return segments.Sum(s => s.Lines); } }

    /// <summary>Bytes on disk.</summary>
    public long Bytes { get { lock (gate) return segments.Sum(s => s.Length); } }

    /// <summary>Lines lost here: dropped at the cap, or damaged on disk.</summary>
    public long LostLines { get { lock (gate) return losses.Lines; } }

    /// <summary>Bytes cut off as torn when the spool was opened.</summary>
    public long CutBytes { get; private set; }

    /// <summary>Why reading's place cannot be noted on disk; null while it can. Without it a restart stores some batches again, onto the same points.</summary>
    public string? PositionError { get { lock (gate) return position.Error; } }

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Lines == 0;

    /// <summary>The messages of lost lines that were not taken yet: whoever takes them names them, and says so by <see cref="LossesNamed"/>. Without
    /// that the next run takes them again.</summary>
    public IReadOnlyList<MessageRange> TakeLost()
    {
        lock (gate)
            return losses.Take();
    }

    /// <summary>What was taken is named where it stays.</summary>
    /// <exception cref="IOException">The note of it cannot be deleted.</exception>
    public void LossesNamed()
    {
        lock (gate)
            losses.Named();
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
                TryCut(segment);
                throw;
            }

            segment.Length += record.Length;
            segment.Lines += batch.Count;
            segment.Messages = segment.Messages.With(messages);
            return true;
        }
    }

    /// <summary>The oldest batches as one, without taking them. What is damaged on the way is skipped, counted and named.</summary>
    /// <param name="mostLines">Records are joined up to so many lines; one alone may have more.</param>
    /// <param name="batch">The lines.</param>
    /// <param name="read">For <see cref="Advance"/>.</param>
    /// <exception cref="IOException">The disk cannot be read; the same is tried at the next call.</exception>
    internal bool TryPeek(int mostLines, out LineBatch batch, out SpoolRead read)
    {
        lock (gate)
        {
            while (segments.Count > 0)
            {
                var segment = segments[0];
                var isThere = File.Exists(segment.Path);
                if (isThere && segment.Position < segment.Length && TryJoin(segment, mostLines, out batch, out read))
                    return true;
                if (!isThere)
                    LoseAll(segment);
                else if (segment.Lines > 0)
                    Lose(new MessageRange(segment.Before.Epoch, segment.Before.Last + 1, segment.Before.Last + (ulong)segment.Lines), segment);
                losses.Save();
                segment.Lines = 0;
                if (segments.Count == 1 && writing is not null && isThere)
                    break;
                if (segments.Count == 1)
                    CloseWriting();
                Remove(segment);
            }

            batch = default;
            read = default;
            return false;
        }
    }

    /// <summary>What <see cref="TryPeek"/> gave is done with.</summary>
    /// <returns>False when it was dropped meanwhile, at the cap: it is counted and named as lost, though the store may have it.</returns>
    internal bool Advance(SpoolRead read)
    {
        lock (gate)
        {
            if (segments.FirstOrDefault() is not { } segment || segment.Number != read.Segment || segment.Position != read.From)
                return false;
            segment.Position = read.To;
            segment.Before = read.Last;
            segment.Lines -= read.Lines;
            if (segment.Position < segment.Length)
            {
                position.Write(segment.Number, segment.Position);
                return true;
            }

            if (segments.Count == 1)
                CloseWriting();
            Remove(segment);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
            CloseWriting();
        inUse.Dispose();
    }

    /// <summary>For as long as the spool is open, and no longer than its process lives.</summary>
    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new SpoolInUseException($"The spool {Path.GetDirectoryName(path)} is in use by another process; two would take each other's batches ({e.Message})", e);
        }
    }

    /// <summary>Joins the segment's next records; false when none is left.</summary>
    private bool TryJoin(SpoolSegment segment, int mostLines, out LineBatch batch, out SpoolRead read)
    {
        using var file = OpenRead(segment);
        var parts = new List<LineBatch>();
        var (at, lines, last) = (segment.Position, 0, segment.Before);
        while (SpoolScan.Next(file, at, segment.Length) is { } entry)
        {
            var whole = entry.Record.TryDecode(SpoolScan.Body(file, entry), out var part);
            if (parts.Count > 0 && (!whole || entry.At > at || lines + entry.Record.Lines > mostLines))
                break;
            if (entry.At > at)
                Lose(SpoolScan.Between(file, at, last, entry), segment);
            last = entry.Record.Messages;
            at = entry.End;
            if (whole)
            {
                if (parts.Count == 0)
                    segment.Position = entry.At;
                parts.Add(part);
                lines += part.Count;
                continue;
            }

            losses.Add(entry.Record.Messages, entry.Record.Lines);
            segment.Lines -= entry.Record.Lines;
            (segment.Position, segment.Before) = (at, last);
        }

        losses.Save();
        batch = LineBatch.Join(parts);
        read = new SpoolRead(segment.Number, segment.Position, at, lines, last);
        if (parts.Count == 0)
            segment.Position = segment.Length;
        return parts.Count > 0;
    }

    private bool MakeRoom(int needed)
    {
        // Nothing is dropped for what does not fit all the same.
        if (needed > options.MaxBytes)
            return false;
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
        if (!File.Exists(segment.Path))
        {
            LoseAll(segment);
        }
        else
        {
            using var file = OpenRead(segment);
            var (at, last) = (segment.Position, segment.Before);
            for (; SpoolScan.Next(file, at, segment.Length) is { } entry; (at, last) = (entry.End, entry.Record.Messages))
            {
                if (entry.At > at)
                    Lose(SpoolScan.Between(file, at, last, entry), segment);
                losses.Add(entry.Record.Messages, entry.Record.Lines);
            }
        }

        // Its name is on the disk before it is gone.
        losses.Save();
        Remove(segment);
    }

    /// <summary>Somebody deleted its file.</summary>
    private void LoseAll(SpoolSegment segment)
    {
        var (all, done) = (segment.Messages, segment.Before);
        if (segment.Lines > 0)
            losses.Add(done.Epoch == all.Epoch && done.Last >= all.First ? all with { First = done.Last + 1 } : all, segment.Lines);
        segment.Lines = 0;
    }

    /// <summary>Notes messages of which nobody knows how many lines they made: one each, as nearly all do.</summary>
    private void Lose(MessageRange messages, SpoolSegment segment) => Lose([(messages, (long)(messages.Last - messages.First + 1))], segment);

    private void Lose(IEnumerable<(MessageRange Messages, long Lines)> lost, SpoolSegment segment)
    {
        foreach (var (messages, lines) in lost)
        {
            losses.Add(messages, lines);
            segment.Lines -= Math.Min(segment.Lines, lines);
        }
    }

    private static FileStream OpenRead(SpoolSegment segment) => new(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private SpoolSegment WritableSegment(int needed)
    {
        if (writing is not null && segments[^1].Length + needed <= segmentBytes && File.Exists(segments[^1].Path))
            return segments[^1];
        CloseWriting();
        Directory.CreateDirectory(options.Directory);
        var number = Math.Max(segments.Count == 0 ? 0 : segments[^1].Number, highest) + 1;
        highest = number;
        var segment = new SpoolSegment(Path.Combine(options.Directory, number.ToString("D12", CultureInfo.InvariantCulture) + ".spool"), number);
        writing = options.OpenForAppend?.Invoke(segment.Path)
            ?? new FileStream(segment.Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        segments.Add(segment);
        return segment;
    }

    private void TryCut(SpoolSegment segment)
    {
        try
        {
            if (segment.Length == 0)
            {
                segments.Remove(segment);
                File.Delete(segment.Path);
                return;
            }

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
}
