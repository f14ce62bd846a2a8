namespace Nbpy.Influx;

/// <summary>A file of lines that grows while it is in use: a kill or a full disk may tear a line of it, and never costs the next one.</summary>
internal static class LineFile
{
    /// <summary>Appends whole lines, and on an error none; behind a torn line they begin on a new one.</summary>
    /// <exception cref="IOException">The disk does not take them.</exception>
    public static void Append(string path, ReadOnlySpan<byte> lines, bool flushToDisk = false)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        var length = file.Length;
        try
        {
            file.Position = Math.Max(0, length - 1);
            if (length > 0 && file.ReadByte() != '\n')
                file.Write("\n"u8);
            file.Write(lines);
            file.Flush(flushToDisk);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }
}
