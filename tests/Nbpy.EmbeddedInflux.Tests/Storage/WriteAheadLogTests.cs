using System.Text;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

public sealed class WriteAheadLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nbpy-wal-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public void Replays_in_order_across_segments()
    {
        using (var wal = WriteAheadLog.Open(_directory, _ => { }))
        {
            Append(wal, "one");
            using (wal.Rotate().File)
                Append(wal, "two");
        }

        Assert.Equal(["one", "two"], Replayed());
    }

    [Fact]
    public void A_torn_tail_is_cut_at_every_length()
    {
        using (var wal = WriteAheadLog.Open(_directory, _ => { }))
        {
            Append(wal, "one");
            Append(wal, "two");
        }

        var path = Directory.GetFiles(_directory).Single(f => new FileInfo(f).Length > 0);
        var whole = File.ReadAllBytes(path);
        for (var length = whole.Length - 1; length >= whole.Length / 2; length--)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal(["one"], Replayed());
        }
    }

    [Fact]
    public void A_flipped_byte_ends_the_replay_of_its_segment()
    {
        using (var wal = WriteAheadLog.Open(_directory, _ => { }))
        {
            Append(wal, "one");
            Append(wal, "two");
        }

        var path = Directory.GetFiles(_directory).Single(f => new FileInfo(f).Length > 0);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Equal(["one"], Replayed());
    }

    private static void Append(WriteAheadLog wal, string text) => wal.Append(new WalRecord("db", "rp", 1, 2, Encoding.UTF8.GetBytes(text)));

    private List<string> Replayed()
    {
        List<string> replayed = [];
        WriteAheadLog.Open(_directory, r => replayed.Add(Encoding.UTF8.GetString(r.Lines.Span))).Dispose();
        return replayed;
    }
}
