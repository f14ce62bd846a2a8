using System.Text;
using Nbpy.Messaging;

namespace Nbpy.Messaging.Tests;

public sealed class ReplayRingTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"), "t.ring");

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(path)))
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_range_comes_back_byte_for_byte()
    {
        using var ring = new ReplayRing(null, 1 << 20, 1_000);
        Fill(ring, 9, 1, 100);
        Assert.Equal((3, 20UL, 22UL, "m20m21m22"), Copy(ring, 9, 20, 22));
        Assert.Equal((2, 99UL, 100UL, "m99m100"), Copy(ring, 9, 99, 0));
        Assert.Equal((0, 0UL, 0UL, ""), Copy(ring, 8, 1, 0));
        Assert.Equal((0, 0UL, 0UL, ""), Copy(ring, 9, 101, 0));
    }

    [Theory]
    [InlineData(64 * 1024, 1_000_000)]
    [InlineData(1 << 20, 50)]
    public void At_its_bounds_the_oldest_go(int bytes, int messages)
    {
        using var ring = new ReplayRing(null, bytes, messages);
        Fill(ring, 9, 1, 20_000);
        var (epoch, oldest, newest) = Assert.Single(ring.Epochs);
        Assert.Equal((9UL, 20_000UL), (epoch, newest));
        Assert.Equal((ulong)ring.Count, newest - oldest + 1);
        Assert.InRange(ring.Count, Math.Min(50, messages), Math.Min(messages, bytes / 24));
        Assert.Equal(oldest, Copy(ring, 9, 1, 0).First);
    }

    [Fact]
    public void The_next_run_serves_what_a_killed_one_left_and_counts_on_within_a_run_of_the_system()
    {
        // Not disposed: nothing is flushed or closed, as after a kill (the mapping is the page cache either way).
        var killed = new ReplayRing(path, 1 << 20, 1_000, "run1");
        Fill(killed, 9, 1, 300);
        killed.Dispose();
        using (var next = new ReplayRing(path, 1 << 20, 1_000, "run1"))
        {
            Assert.Equal(300, next.RunMessages);
            Fill(next, 10, 1, 2);
            Assert.Equal([(9UL, 1UL, 300UL), (10UL, 1UL, 2UL)], next.Epochs);
            Assert.Equal("m299m300", Copy(next, 9, 299, 0).Text);
            Assert.Equal(302, next.RunMessages);
        }

        using var other = new ReplayRing(path, 1 << 20, 1_000, "run2");
        Assert.Equal(0, other.RunMessages);
        Assert.Equal(302, other.Count);
    }

    [Fact]
    public void How_far_epochs_went_is_known_when_their_messages_are_gone_and_when_the_ring_gets_another_size()
    {
        using (var ring = new ReplayRing(path, 64 * 1024, 10, "run1"))
        {
            Fill(ring, 9, 1, 5);
            Fill(ring, 7, 1, 3); // A clock set back.
            Fill(ring, 11, 1, 400);
            ring.Add(11, 401, new byte[100_000]);
            Assert.Equal([(11UL, 391UL, 400UL)], ring.Epochs);
            Assert.Equal([(9UL, 5UL), (7UL, 3UL), (11UL, 401UL)], ring.History);
            Assert.Equal(409, ring.RunMessages);
        }

        using var larger = new ReplayRing(path, 128 * 1024, 10, "run1");
        Assert.Empty(larger.Epochs);
        Assert.Equal([(9UL, 5UL), (7UL, 3UL), (11UL, 401UL)], larger.History);
        Assert.Equal((409L, 409L), (larger.RunMessages, ReplayRing.MessagesOfRun(path, "run1")));
        Fill(larger, 12, 1, 1);
        Assert.Equal((410L, null), (larger.RunMessages, ReplayRing.MessagesOfRun(path, "run2")));
    }

    [Fact]
    public void Of_many_epochs_the_latest_are_known()
    {
        using var ring = new ReplayRing(null, 64 * 1024, 10, "run1");
        for (var epoch = 1UL; epoch <= 500; epoch++)
            Fill(ring, epoch, 1, 2);
        Assert.Equal(Enumerable.Range(501 - ring.History.Count, ring.History.Count).Select(e => ((ulong)e, 2UL)), ring.History);
        Assert.InRange(ring.History.Count, 100, 200);
        Assert.Equal(1_000, ring.RunMessages);
    }

    [Fact]
    public void A_kill_between_a_message_and_its_count_counts_it_once()
    {
        using (var ring = new ReplayRing(path, 64 * 1024, 100, "run1"))
            Fill(ring, 9, 1, 5);
        using (var file = new FileStream(path, FileMode.Open))
        {
            // The table's first entry, its newest: as it was before the fifth message.
            file.Position = 512 + 8;
            file.WriteByte(4);
        }

        using var again = new ReplayRing(path, 64 * 1024, 100, "run1");
        Assert.Equal((5L, 5), (again.RunMessages, again.Count));
    }

    [Fact]
    public void Every_byte_of_the_file_has_its_place_on_the_disk_before_it_is_mapped()
    {
        // A file of an earlier version: sparse.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var sparse = new FileStream(path, FileMode.CreateNew))
            sparse.SetLength(4096 + (1 << 20));
        using (new ReplayRing(path, 1 << 20, 100))
            Assert.True(AllocatedKiB(path) >= 1028, "sparse");
        File.Delete(path);
        using (new ReplayRing(path, 1 << 20, 100))
            Assert.True(AllocatedKiB(path) >= 1028, "sparse");
    }

    private static long AllocatedKiB(string file)
    {
        using var du = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("du", ["-k", file]) { RedirectStandardOutput = true })!;
        return long.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_damaged_record_ends_what_is_recovered_and_nothing_wrong_is_served()
    {
        using (var ring = new ReplayRing(path, 1 << 20, 1_000))
            Fill(ring, 9, 1, 10);
        using (var file = new FileStream(path, FileMode.Open))
        {
            // The fifth record's payload: 32 bytes a record.
            file.Position = 4096 + (4 * 32) + 24;
            file.WriteByte((byte)'?');
        }

        using var again = new ReplayRing(path, 1 << 20, 1_000);
        Assert.Equal(4, again.Count);
        Fill(again, 10, 1, 1);
        Assert.Equal("m1m2m3m4", Copy(again, 9, 1, 0).Text);
        Assert.Equal("m1", Copy(again, 10, 1, 0).Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_sizes_and_reopenings_agree_with_a_list(int seed)
    {
        var random = new Random(seed);
        var model = new List<string>();
        var ring = new ReplayRing(path, 64 * 1024, 500);
        for (var i = 1; i <= 3_000; i++)
        {
            var text = new string((char)('a' + (i % 26)), random.Next(1, 900));
            model.Add(text);
            ring.Add(9, (ulong)i, Encoding.UTF8.GetBytes(text));
            if (random.Next(200) == 0)
            {
                ring.Dispose();
                ring = new ReplayRing(path, 64 * 1024, 500);
            }
        }

        var oldest = (int)ring.Epochs[0].Oldest;
        Assert.True(3_000 - oldest > 50);
        Assert.Equal(string.Concat(model.Skip(oldest - 1)), Copy(ring, 9, 1, 0).Text);
        ring.Dispose();
    }

    private static void Fill(ReplayRing ring, ulong epoch, int from, int to)
    {
        for (var i = from; i <= to; i++)
            ring.Add(epoch, (ulong)i, Encoding.UTF8.GetBytes($"m{i}"));
    }

    private static (int Count, ulong First, ulong Last, string Text) Copy(ReplayRing ring, ulong epoch, ulong from, ulong to)
    {
        using var output = new MemoryStream();
        var (count, first, last) = ring.Copy(epoch, from, to, 100 << 20, output);
        return (count, first, last, Encoding.UTF8.GetString(output.ToArray()));
    }
}
