using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>One accepted write request, as it is replayed after a crash.</summary>
/// <param name="Database">The database.</param>
/// <param name="Policy">The retention policy's name.</param>
/// <param name="Unit">Nanoseconds per unit of the written times.</param>
/// <param name="Now">Time of the request in ns: what lines without a time get.</param>
/// <param name="Lines">The body.</param>
internal readonly record struct WalRecord(string Database, string Policy, long Unit, long Now, ReadOnlyMemory<byte> Lines);

/// <summary>Write requests since the last flush into DuckDB, in numbered segment files. A record is
/// <c>length u32, crc32c u32, payload</c>; it is handed to the kernel before the request is answered, so a killed process loses
/// nothing, and fsynced on a timer, so a failing machine loses at most that interval. Not thread safe.</summary>
internal sealed class WriteAheadLog : IDisposable
{
    private const int HeaderSize = 8;
    private const int MaxRecord = 1 << 30;
    private readonly string _directory;
    private readonly Lock _syncLock = new();
    private SafeFileHandle _file;
    private readonly ReadOnlyMemory<byte>[] _parts = new ReadOnlyMemory<byte>[2];
    private byte[] _head = new byte[256];
    private bool _dirty;

    private WriteAheadLog(string directory, long segment)
    {
        _directory = directory;
        Segment = segment;
        _file = Create(segment);
    }

    /// <summary>Number of the segment being written.</summary>
    public long Segment { get; private set; }

    /// <summary>Bytes in the segment being written.</summary>
    public long Length { get; private set; }

    /// <summary>Replays what is there in order, then opens a new segment. A torn or damaged record ends its segment's replay.</summary>
    public static WriteAheadLog Open(string directory, Action<WalRecord> replay)
    {
        Directory.CreateDirectory(directory);
        var segments = Segments(directory);
        foreach (var segment in segments)
            Replay(PathOf(directory, segment), replay);
        return new WriteAheadLog(directory, segments.LastOrDefault() + 1);
    }

    public void Append(in WalRecord record)
    {
        var names = Encoding.UTF8.GetByteCount(record.Database) + Encoding.UTF8.GetByteCount(record.Policy);
        var head = HeaderSize + 20 + names;
        if (_head.Length < head)
            _head = new byte[head];
        var p = _head.AsSpan(HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(p, record.Unit);
        BinaryPrimitives.WriteInt64LittleEndian(p[8..], record.Now);
        var n = Encoding.UTF8.GetBytes(record.Database, p[18..]);
        BinaryPrimitives.WriteUInt16LittleEndian(p[16..], (ushort)n);
        p = p[(18 + n)..];
        n = Encoding.UTF8.GetBytes(record.Policy, p[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(p, (ushort)n);
        var total = head + record.Lines.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(_head, (uint)(total - HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(4),
            ~Crc(Crc(uint.MaxValue, _head.AsSpan(HeaderSize, head - HeaderSize)), record.Lines.Span));
        try
        {
            _parts[0] = _head.AsMemory(0, head);
            _parts[1] = record.Lines;
            RandomAccess.Write(_file, _parts, Length);
        }
        catch (IOException)
        {
            // A partly written record must not stand in front of later ones.
            RandomAccess.SetLength(_file, Length);
            throw;
        }
        finally
        {
            _parts[1] = default;
        }

        Length += total;
        _dirty = true;
    }

    /// <summary>Makes what was appended survive a failing machine.</summary>
    public void Sync()
    {
        lock (_syncLock)
        {
            if (!_dirty)
                return;
            _dirty = false;
            RandomAccess.FlushToDisk(_file);
        }
    }

    /// <summary>Starts a new segment; answers the number of the one it closed and its file, which the caller syncs and disposes
    /// outside its lock.</summary>
    public (long Segment, SafeFileHandle File) Rotate()
    {
        var next = Create(Segment + 1);
        SafeFileHandle old;
        lock (_syncLock)
        {
            old = _file;
            _file = next;
            _dirty = false;
        }

        Length = 0;
        return (Segment++, old);
    }

    /// <summary>Deletes the segments up to and including <paramref name="segment"/>: DuckDB has their points.</summary>
    public void Remove(long segment)
    {
        foreach (var number in Segments(_directory).Where(n => n <= segment))
            File.Delete(PathOf(_directory, number));
    }

    public void Dispose()
    {
        Sync();
        _file.Dispose();
    }

    private static void Replay(string path, Action<WalRecord> replay)
    {
        var bytes = File.ReadAllBytes(path).AsMemory();
        while (bytes.Length >= HeaderSize)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
            if (length is < 20 or > MaxRecord || length > bytes.Length - HeaderSize)
                return;
            var payload = bytes.Slice(HeaderSize, (int)length);
            if (~Crc(uint.MaxValue, payload.Span) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..]))
                return;
            bytes = bytes[(HeaderSize + (int)length)..];
            var p = payload.Span;
            var unit = BinaryPrimitives.ReadInt64LittleEndian(p);
            var now = BinaryPrimitives.ReadInt64LittleEndian(p[8..]);
            var n = BinaryPrimitives.ReadUInt16LittleEndian(p[16..]);
            var database = Encoding.UTF8.GetString(p.Slice(18, n));
            var m = BinaryPrimitives.ReadUInt16LittleEndian(p[(18 + n)..]);
            var policy = Encoding.UTF8.GetString(p.Slice(20 + n, m));
            replay(new WalRecord(database, policy, unit, now, payload[(20 + n + m)..]));
        }
    }

    private static long[] Segments(string directory)
        => [.. Directory.EnumerateFiles(directory, "*.wal")
            .Select(f => long.TryParse(Path.GetFileNameWithoutExtension(f), out var n) ? n : 0).Where(n => n > 0).Order()];

    private static string PathOf(string directory, long segment)
        => Path.Combine(directory, segment.ToString("D10", CultureInfo.InvariantCulture) + ".wal");

    private SafeFileHandle Create(long segment)
        => File.OpenHandle(PathOf(_directory, segment), FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
