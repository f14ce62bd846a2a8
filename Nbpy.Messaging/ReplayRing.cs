using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;

namespace Nbpy.Messaging;

/// <summary>The last messages of one topic, bounded in bytes and messages, in memory that a file backs: a publisher that is killed
/// leaves them there, and its next run serves them. Beside them stands, for each of the latest epochs, how far it went, so that what is
/// no longer held can still be named. Thread-safe.</summary>
/// <remarks>A page of header (magic, capacity, head and tail as ever-rising positions, run, <see cref="EpochTable"/>), then a circle of
/// records: length u32, CRC-32 u32, epoch u64, sequence u64, payload, padded to 8 bytes. A record is written before the tail moves
/// past it, so a kill leaves whole records only; the table follows the tail, and what a kill leaves between the two is mended on
/// opening. Not flushed to the disk: it survives a kill, not a loss of power.</remarks>
public sealed class ReplayRing : IDisposable
{
    private const int RecordHeader = 24;
    private const uint Wrap = uint.MaxValue;
    private readonly Lock gate = new();
    private readonly MemoryMappedFile file;
    private readonly MappedMemory memory;
    private readonly Queue<Entry> entries = new();
    private readonly EpochTable table;
    private readonly int capacity;
    private readonly int maxMessages;
    private readonly ulong run;
    private readonly bool counts;
    private long head;
    private long tail;
    private long addedHere;
    private bool disposed;

    /// <param name="path">The file; null keeps the ring in memory only.</param>
    /// <param name="maxBytes">Bytes of the circle.</param>
    /// <param name="maxMessages">Most messages.</param>
    /// <param name="run">Which run of the whole system this is: <see cref="RunMessages"/> goes on within one.</param>
    /// <exception cref="IOException">The file cannot be used, or the disk has no room for it.</exception>
    public ReplayRing(string? path, int maxBytes, int maxMessages, string run = "")
    {
        capacity = Math.Max(64 * 1024, maxBytes / 8 * 8);
        this.maxMessages = maxMessages;
        var length = RingFile.HeaderBytes + (long)capacity;
        file = path is null ? MemoryMappedFile.CreateNew(null, length) : RingFile.Open(path, length);
        memory = new MappedMemory(file, length);
        table = new EpochTable(memory);
        this.run = RingFile.HashOf(run);
        counts = run.Length > 0;
        if (Read(RingFile.MagicField) == RingFile.Magic && Read(RingFile.CapacityField) == (ulong)capacity)
            Recover();
        Write(RingFile.CapacityField, (ulong)capacity);
        Write(RingFile.HeadField, (ulong)head);
        Write(RingFile.TailField, (ulong)tail);
        Write(RingFile.RunField, this.run);
        Write(RingFile.MagicField, RingFile.Magic);
    }

    /// <summary>Messages added in this run of the whole system, by this publisher's earlier lives too.</summary>
    public long RunMessages { get { lock (gate) return counts ? table.MessagesOf(run) : addedHere; } }

    /// <summary>Messages that a run of the whole system has added to the ring in a file, its publisher running or not; null when there is none
    /// of that run.</summary>
    public static long? MessagesOfRun(string path, string run) => RingFile.MessagesOfRun(path, run);

    /// <summary>Messages held.</summary>
    public int Count { get { lock (gate) return entries.Count; } }

    /// <summary>Which epochs are held, oldest first, with their lowest and highest sequence number.</summary>
    public IReadOnlyList<(ulong Epoch, ulong Oldest, ulong Newest)> Epochs
    {
        get
        {
            lock (gate)
            {
                var list = new List<(ulong Epoch, ulong Oldest, ulong Newest)>();
                foreach (var entry in entries)
                {
                    if (list.Count > 0 && list[^1].Epoch == entry.Epoch)
                        list[^1] = list[^1] with { Newest = entry.Sequence };
                    else
                        list.Add((entry.Epoch, entry.Sequence, entry.Sequence));
                }

                return list;
            }
        }
    }

    /// <summary>How far each of the latest epochs went, in the order in which they began, held or not (<see cref="EpochTable.Kept"/> at most).</summary>
    public IReadOnlyList<(ulong Epoch, ulong Newest)> History { get { lock (gate) return table.Read(); } }

    /// <summary>Adds a message; the oldest go where the bounds ask for it. One larger than the whole circle is not held, and known by
    /// <see cref="History"/> alone.</summary>
    /// <exception cref="ObjectDisposedException">After disposal.</exception>
    public void Add(ulong epoch, ulong sequence, ReadOnlySpan<byte> payload)
    {
        lock (gate)
        {
            Hold(epoch, sequence, payload);
            table.Note(epoch, sequence, run);
            addedHere++;
        }
    }

    /// <summary>Copies messages of an epoch, in order, each payload after the other.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="from">Lowest sequence number wanted.</param>
    /// <param name="to">Highest wanted; 0 is the newest.</param>
    /// <param name="maxBytes">Most bytes (one message always fits).</param>
    /// <param name="output">Takes the payloads.</param>
    /// <returns>How many, with the first and last sequence number; 0, 0, 0 when there is none.</returns>
    public (int Count, ulong First, ulong Last) Copy(ulong epoch, ulong from, ulong to, int maxBytes, MemoryStream output)
    {
        lock (gate)
        {
            var (count, first, last) = (0, 0UL, 0UL);
            foreach (var entry in entries)
            {
                if (entry.Epoch != epoch || entry.Sequence < from || (to != 0 && entry.Sequence > to))
                    continue;
                if (count > 0 && output.Length + entry.Length > maxBytes)
                    break;
                output.Write(Span(entry.Position + RecordHeader, entry.Length));
                first = count == 0 ? entry.Sequence : first;
                last = entry.Sequence;
                count++;
            }

            return (count, first, last);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            memory.Dispose();
            file.Dispose();
        }
    }

    private static int Align(int length) => (length + 7) & ~7;

    private void Hold(ulong epoch, ulong sequence, ReadOnlySpan<byte> payload)
    {
        var needed = Align(RecordHeader + payload.Length);
        if (needed > capacity)
            return;
        var toEnd = capacity - (int)(tail % capacity);
        var skip = toEnd < needed ? toEnd : 0;
        while (tail + skip + needed - head > capacity || entries.Count >= maxMessages)
            Evict();
        if (skip > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Span(tail, 4), Wrap);
            tail += skip;
        }

        var record = Span(tail, needed);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(record[16..], sequence);
        payload.CopyTo(record[RecordHeader..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc32.HashToUInt32(record[8..(RecordHeader + payload.Length)]));
        entries.Enqueue(new Entry(epoch, sequence, tail, payload.Length));
        tail += needed;
        Write(RingFile.TailField, (ulong)tail);
    }

    private void Evict()
    {
        entries.Dequeue();
        head = entries.TryPeek(out var next) ? next.Position : tail;
        Write(RingFile.HeadField, (ulong)head);
    }

    private void Recover()
    {
        head = (long)Read(RingFile.HeadField);
        tail = (long)Read(RingFile.TailField);
        var (at, last) = (head, -1L);
        while (at < tail && at >= 0 && tail - head <= capacity)
        {
            var toEnd = capacity - (int)(at % capacity);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(Span(at, 4));
            if (length == Wrap || toEnd < RecordHeader)
            {
                at += toEnd;
                continue;
            }

            if (length > toEnd - RecordHeader)
                break;
            var record = Span(at, RecordHeader + (int)length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) != Crc32.HashToUInt32(record[8..]))
                break;
            last = at;
            entries.Enqueue(new Entry(
                BinaryPrimitives.ReadUInt64LittleEndian(record[8..]), BinaryPrimitives.ReadUInt64LittleEndian(record[16..]), at, (int)length));
            at += Align(RecordHeader + (int)length);
        }

        head = entries.TryPeek(out var first) ? first.Position : 0;
        tail = entries.Count > 0 ? at : 0;
        // A kill between the tail and the table leaves the last message out of the table; a file of an earlier version has no table.
        var fresh = table.Read().Count == 0;
        foreach (var entry in entries)
            if (fresh || entry.Position == last)
                table.Mend(entry.Epoch, entry.Sequence);
    }

    private Span<byte> Span(long position, int length) => memory.Span(RingFile.HeaderBytes + (position % capacity), length);

    private ulong Read(int field) => BinaryPrimitives.ReadUInt64LittleEndian(memory.Span(field * 8, 8));

    private void Write(int field, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(memory.Span(field * 8, 8), value);

    private readonly record struct Entry(ulong Epoch, ulong Sequence, long Position, int Length);
}
