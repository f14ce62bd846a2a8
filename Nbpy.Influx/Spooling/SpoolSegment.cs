namespace Nbpy.Influx.Spooling;

/// <summary>A segment file as the spool knows it.</summary>
internal sealed class SpoolSegment(string path, long number)
{
    public string Path => path;

    public long Number => number;

    /// <summary>Bytes of whole records.</summary>
    public long Length { get; set; }

    /// <summary>Where reading goes on.</summary>
    public long Position { get; set; }

    /// <summary>Messages of the record before <see cref="Position"/>, in this segment or an earlier one.</summary>
    public MessageRange Before { get; set; }

    /// <summary>Messages of its latest epoch, done with or not: what there is to name where the file is gone.</summary>
    public MessageRange Messages { get; set; }

    /// <summary>Lines of the records from <see cref="Position"/> on.</summary>
    public long Lines { get; set; }
}
