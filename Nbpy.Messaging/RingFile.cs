using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;

namespace Nbpy.Messaging;

/// <summary>The file of a <see cref="ReplayRing"/>: its header's fields, and how it is opened. Every byte of it is written once before it is
/// mapped: a hole that is first touched on a full disk through the mapping ends the process (SIGBUS), where a write is an error.</summary>
internal static class RingFile
{
    /// <summary>Bytes before the circle.</summary>
    public const int HeaderBytes = 4096;

    public const ulong Magic = 0x3130_474E_4952_424E; // "NBRING01"
    public const int MagicField = 0;
    public const int CapacityField = 1;
    public const int HeadField = 2;
    public const int TailField = 3;
    public const int RunField = 4;

    /// <summary>1 once every byte of the file has its place on the disk.</summary>
    public const int AllocatedField = 7;

    /// <summary>How many epochs the table has ever taken.</summary>
    public const int EpochsField = 8;

    private const int Chunk = 1024 * 1024;

    /// <summary>Opens or makes the file. One of another size starts afresh and keeps its table of epochs.</summary>
    /// <exception cref="IOException">It cannot be used, or the disk has no room for it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be used.</exception>
    public static MemoryMappedFile Open(string path, long length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            var header = new byte[HeaderBytes];
            stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
            if (Get(header, MagicField) != Magic)
                Array.Clear(header);
            if (stream.Length != length || Get(header, AllocatedField) != 1)
                Allocate(stream, header, length);
            return MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Messages of a run by the file alone, its publisher running or not; null when there is none of that run.</summary>
    public static long? MessagesOfRun(string path, string run)
    {
        if (!File.Exists(path))
            return null;
        var header = new byte[HeaderBytes];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || Get(header, MagicField) != Magic)
            return null;
        var hash = HashOf(run);
        return EpochTable.MessagesOf(header, hash) is var count && (count > 0 || Get(header, RunField) == hash) ? count : null;
    }

    public static ulong HashOf(string run) => XxHash64.HashToUInt64(System.Text.Encoding.UTF8.GetBytes(run));

    private static ulong Get(ReadOnlySpan<byte> header, int field) => BinaryPrimitives.ReadUInt64LittleEndian(header[(field * 8)..]);

    private static void Set(Span<byte> header, int field, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(header[(field * 8)..], value);

    private static void Allocate(FileStream stream, byte[] header, long length)
    {
        var buffer = new byte[Chunk];
        if (stream.Length != length)
        {
            Set(header, CapacityField, 0);
            stream.SetLength(0);
            stream.Position = 0;
            stream.Write(header);
        }

        try
        {
            for (long at = HeaderBytes; at < length; at += Chunk)
            {
                // What a file of an earlier version holds is written over itself.
                var part = buffer.AsSpan(0, (int)Math.Min(Chunk, length - at));
                part.Clear();
                stream.Position = at;
                stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
                stream.Position = at;
                stream.Write(part);
            }
        }
        catch (IOException)
        {
            // The room that was taken so far is given back; the table of epochs stays.
            Set(header, CapacityField, 0);
            stream.Position = 0;
            stream.Write(header);
            stream.SetLength(HeaderBytes);
            throw;
        }

        Set(header, AllocatedField, 1);
        stream.Position = 0;
        stream.Write(header);
    }
}
