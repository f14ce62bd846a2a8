using System.Text;
using Nbpy.Influx.Spooling;
using Xunit;

namespace Nbpy.Influx.Tests.Spooling;

public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_appended_comes_back_in_order_also_after_reopening()
    {
        using (var spool = Open())
            for (var i = 1; i <= 20; i++)
                Assert.True(Append(spool, i));
        using var again = Open();
        Assert.Equal(20, again.Lines);
        for (var i = 1; i <= 20; i++)
            Assert.Equal(i, Take(again));
        Assert.True(again.IsEmpty);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.spool"));
    }

    [Fact]
    public void Reading_goes_on_where_it_stood()
    {
        using (var spool = Open())
        {
            for (var i = 1; i <= 10; i++)
                Append(spool, i);
            for (var i = 1; i <= 4; i++)
                Assert.Equal(i, Take(spool));
        }

        using var again = Open();
        Assert.Equal(6, again.Lines);
        Assert.Equal(5, Take(again));
    }

    [Fact]
    public void A_flipped_byte_in_the_place_of_reading_costs_no_segment()
    {
        using (var spool = Open(segmentBytes: 130))
        {
            for (var i = 1; i <= 6; i++)
                Append(spool, i);
            Assert.Equal(1, Take(spool));
        }

        var position = Path.Combine(folder.Path, "position");
        var text = File.ReadAllBytes(position);
        Assert.Equal((byte)'1', text[0]);
        text[0] ^= 8;
        File.WriteAllBytes(position, text);
        using var again = Open();
        Assert.Equal(6, again.Lines);
        Assert.Equal(1, Take(again));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(43)]
    [InlineData(50)]
    public void A_torn_tail_is_cut_and_what_was_whole_stays(int cut)
    {
        using (var spool = Open())
        {
            Append(spool, 1);
            Append(spool, 2);
        }

        var file = Directory.GetFiles(folder.Path, "*.spool").Single();
        using (var stream = new FileStream(file, FileMode.Open))
            stream.SetLength(stream.Length - cut);
        using var again = Open();
        Assert.True(again.CutBytes > 0);
        Assert.Equal(1, again.Lines);
        Assert.Equal(1, Take(again));
        Assert.True(Append(again, 3));
        Assert.Equal(3, Take(again));
    }

    [Fact]
    public void A_flipped_byte_in_a_batch_loses_that_batch_only_and_names_its_messages()
    {
        long first;
        using (var spool = Open())
        {
            Append(spool, 1);
            first = spool.Bytes;
            Append(spool, 2);
            Append(spool, 3);
        }

        Flip(first + SpoolRecord.HeaderLength + 8);
        using var again = Open();
        Assert.Equal(2, again.Lines);
        Assert.Equal(1, Take(again));
        Assert.Equal(3, Take(again));
        Assert.Equal(1, again.LostLines);
        Assert.Equal(new MessageRange(7, 2, 2), Assert.Single(again.TakeLost()));
        Assert.Empty(again.TakeLost());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(43)]
    public void A_flipped_byte_in_the_last_header_is_no_torn_write_but_a_loss_with_a_name(int at)
    {
        long second;
        using (var spool = Open())
        {
            Append(spool, 1);
            second = spool.Bytes;
            Append(spool, 2);
        }

        Flip(second + at);
        using (var again = Open())
        {
            Assert.Equal(1, again.Lines);
            Assert.Equal(1, again.LostLines);
            Assert.Equal(new MessageRange(7, 2, 2), Assert.Single(again.TakeLost()));
            again.LossesNamed();
            Assert.Equal(1, Take(again));
        }

        using var once = Open();
        Assert.Empty(once.TakeLost());
    }

    [Fact]
    public void A_segment_that_another_follows_is_no_torn_write_where_its_end_is_missing()
    {
        using (var spool = Open(segmentBytes: 130))
            for (var i = 1; i <= 6; i++)
                Append(spool, i);
        using (var first = new FileStream(Segments()[0], FileMode.Open))
            first.SetLength(first.Length - 3);
        using var again = Open();
        Assert.Equal((5, 1), (again.Lines, again.LostLines));
        Assert.Equal([1, 3, 4, 5, 6], Enumerable.Range(0, 5).Select(_ => Take(again)));
        Assert.Equal(new MessageRange(7, 2, 2), Assert.Single(again.TakeLost()));
    }

    [Fact]
    public void A_segment_of_another_version_is_left_as_it_is()
    {
        var path = Path.Combine(folder.Path, "000000000003.spool");
        File.WriteAllText(path, "NPS2 and what that version holds, longer than a header of this one");
        var error = Assert.Throws<IOException>(() => Open());
        Assert.Contains("another version", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
        File.Delete(path);
        using var spool = Open();
        Assert.True(Append(spool, 1));
    }

    [Fact]
    public void A_spool_is_one_process_s_at_a_time()
    {
        using (var spool = Open())
        {
            Append(spool, 1);
            Assert.Throws<SpoolInUseException>(() => Open());
            Append(spool, 2);
        }

        using var next = Open();
        Assert.Equal(2, next.Lines);
    }

    [Fact]
    public void A_segment_that_somebody_deletes_is_named_and_stops_neither_reading_nor_holding()
    {
        using var spool = Open(segmentBytes: 130);
        for (var i = 1; i <= 6; i++)
            Append(spool, i);
        Assert.Equal(1, Take(spool));
        var segments = Segments();
        Assert.Equal(3, segments.Length);
        File.Delete(segments[0]);
        File.Delete(segments[2]);
        Append(spool, 7);
        Assert.Equal([3, 4, 7], [Take(spool), Take(spool), Take(spool)]);
        Assert.True(spool.IsEmpty);
        Assert.Equal([new MessageRange(7, 2, 2), new MessageRange(7, 5, 6)], spool.TakeLost());
        Assert.Equal(3, spool.LostLines);
    }

    [Fact]
    public void A_batch_larger_than_the_whole_spool_drops_nothing()
    {
        using var spool = Open(maxBytes: 600, segmentBytes: 200, policy: SpoolFullPolicy.DropOldest);
        Append(spool, 1);
        var bytes = new byte[601];
        Assert.False(spool.Append(new LineBatch(bytes, new[] { bytes.Length }), new MessageRange(7, 2, 2)));
        Assert.Equal((1, 0), (spool.Lines, spool.LostLines));
    }

    [Fact]
    public void A_name_that_a_full_disk_tore_does_not_cost_the_next_one()
    {
        File.WriteAllText(Path.Combine(folder.Path, "lost"), "7 1 4 4 .\n7 5 9");
        using (var spool = Open(maxBytes: 600, segmentBytes: 100, policy: SpoolFullPolicy.DropOldest))
            for (var i = 21; i <= 40; i++)
                Append(spool, i);
        using var again = Open();
        Assert.Equal([new MessageRange(7, 1, 4), new MessageRange(7, 21, 21)], again.TakeLost().Take(2));
    }

    [Fact]
    public void A_torn_write_that_left_part_of_a_header_and_zeros_is_cut_and_is_no_loss()
    {
        using (var spool = Open())
        {
            Append(spool, 1);
            Append(spool, 2);
        }

        var file = Directory.GetFiles(folder.Path, "*.spool").Single();
        using (var stream = new FileStream(file, FileMode.Open))
        {
            var length = stream.Length;
            stream.SetLength((length / 2) + 20);
            stream.SetLength(length);
        }

        using var again = Open();
        Assert.True(again.CutBytes > 0);
        Assert.Equal((1, 0), (again.Lines, again.LostLines));
        Assert.Empty(again.TakeLost());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_flipped_byte_in_a_header_loses_that_batch_only_and_names_its_messages(bool whileOpen)
    {
        var spool = Open();
        Append(spool, 1);
        var first = spool.Bytes;
        for (var i = 2; i <= 5; i++)
            Append(spool, i);
        if (!whileOpen)
            spool.Dispose();
        Flip(first + 20);
        if (!whileOpen)
            spool = Open();
        Assert.Equal(1, Take(spool));
        Assert.Equal(3, Take(spool));
        Assert.Equal(4, Take(spool));
        Assert.Equal(1, spool.LostLines);
        Assert.Equal(1, spool.Lines);
        Assert.Equal(new MessageRange(7, 2, 2), Assert.Single(spool.TakeLost()));
        spool.Dispose();
        // Mended for good: the next run finds one line and no damage, but the name of what nobody has named yet.
        using var again = Open();
        Assert.Equal(1, again.Lines);
        Assert.Equal(0, again.CutBytes);
        Assert.Equal(new MessageRange(7, 2, 2), Assert.Single(again.TakeLost()));
        again.LossesNamed();
        Assert.Equal(5, Take(again));
    }

    [Theory]
    [InlineData(1, 21, 24, 4)]
    [InlineData(2, 21, 28, 8)]
    public void Damaged_first_headers_hide_as_many_messages_as_their_batches_have_lines(int headers, int first, int last, int lines)
    {
        long size = 0;
        using (var spool = Open())
            for (var batch = 0; batch < 3; batch++)
            {
                Append(spool, 21 + (batch * 4), 4);
                size = size == 0 ? spool.Bytes : size;
            }

        for (var i = 0; i < headers; i++)
            Flip((i * size) + 20);
        using var again = Open();
        Assert.Equal(new MessageRange(7, (ulong)first, (ulong)last), Assert.Single(again.TakeLost()));
        Assert.Equal((12 - lines, lines), (again.Lines, again.LostLines));
    }

    [Fact]
    public void What_was_stored_without_the_spool_is_not_named_with_what_a_damaged_header_hid()
    {
        using (var spool = Open())
        {
            Append(spool, 1, 4);
            Append(spool, 101, 4);
            Append(spool, 105, 4);
        }

        using (var spool = Open())
        {
            Assert.True(spool.TryPeek(1, out _, out var read));
            Flip(read.To + 20);
        }

        using var again = Open();
        Assert.Equal(new MessageRange(7, 101, 104), Assert.Single(again.TakeLost()));
        Assert.Equal((8, 4), (again.Lines, again.LostLines));
    }

    [Fact]
    public void What_was_lost_is_named_again_after_a_kill_until_it_is_named_for_good()
    {
        using (var spool = Open(maxBytes: 600, segmentBytes: 200, policy: SpoolFullPolicy.DropOldest))
            for (var i = 1; i <= 50; i++)
                Append(spool, i);
        using (var killed = Open(maxBytes: 600, policy: SpoolFullPolicy.DropOldest))
        {
            Assert.Equal(new MessageRange(7, 1, (ulong)killed.LostLines), Joined(killed.TakeLost()));
            Assert.Equal(50, killed.LostLines + killed.Lines);
        }

        using (var named = Open(maxBytes: 600, policy: SpoolFullPolicy.DropOldest))
        {
            Assert.NotEmpty(named.TakeLost());
            named.LossesNamed();
        }

        using var last = Open(maxBytes: 600, policy: SpoolFullPolicy.DropOldest);
        Assert.Empty(last.TakeLost());
        Assert.Equal(0, last.LostLines);
    }

    [Fact]
    public void What_is_dropped_while_it_is_being_sent_does_not_take_the_next_batch_with_it()
    {
        using var spool = Open(maxBytes: 600, segmentBytes: 70, policy: SpoolFullPolicy.DropOldest);
        for (var i = 1; i <= 5; i++)
            Append(spool, i);
        Assert.True(spool.TryPeek(1, out _, out var sending));
        for (var i = 6; i <= 20; i++)
            Append(spool, i);
        Assert.False(spool.Advance(sending));
        Assert.Equal((int)spool.LostLines + 1, Take(spool));
        Assert.Equal(20, spool.LostLines + spool.Lines + 1);
    }

    [Fact]
    public void Small_batches_are_read_as_one_up_to_the_size_asked_for()
    {
        using var spool = Open();
        for (var i = 1; i <= 10; i++)
            Append(spool, i);
        Assert.True(spool.TryPeek(4, out var batch, out var read));
        Assert.Equal("m v=1i 1\nm v=2i 1\nm v=3i 1\nm v=4i 1\n", Encoding.UTF8.GetString(batch.Bytes.Span));
        Assert.Equal("m v=3i 1\n", Encoding.UTF8.GetString(batch.Lines(2, 1).Span));
        Assert.True(spool.Advance(read));
        Assert.Equal(5, Take(spool));
        Assert.Equal(5, spool.Lines);
    }

    [Fact]
    public void At_the_cap_block_refuses_and_holds_what_it_has()
    {
        using var spool = Open(maxBytes: 400);
        var held = 0;
        while (Append(spool, held + 1))
            held++;
        Assert.InRange(held, 2, 10);
        Assert.Equal(held, spool.Lines);
        Assert.Equal(1, Take(spool));
    }

    [Fact]
    public void At_the_cap_drop_oldest_drops_counts_and_names()
    {
        using var spool = Open(maxBytes: 600, segmentBytes: 200, policy: SpoolFullPolicy.DropOldest);
        for (var i = 1; i <= 50; i++)
            Assert.True(Append(spool, i));
        Assert.True(spool.Bytes <= 600);
        var lost = spool.TakeLost();
        Assert.Equal(50, spool.LostLines + spool.Lines);
        Assert.Equal(new MessageRange(7, 1, (ulong)spool.LostLines), Joined(lost));
        Assert.Equal((int)spool.LostLines + 1, Take(spool));
    }

    [Fact]
    public void A_full_disk_is_an_error_loses_nothing_that_was_held_and_the_spool_goes_on_when_there_is_room()
    {
        var room = 400L;
        using var spool = new Spool(new SpoolOptions { Directory = folder.Path, OpenForAppend = path => new SmallDisk(path, () => room, used => room -= used) });
        var held = 0;
        Assert.Throws<IOException>(() =>
        {
            while (Append(spool, held + 1))
                held++;
        });
        Assert.True(held > 0);
        room = 10_000;
        Assert.True(Append(spool, held + 1));
        for (var i = 1; i <= held + 1; i++)
            Assert.Equal(i, Take(spool));
        Assert.True(spool.IsEmpty);
    }

    /// <summary>Random operations against a queue, with the folder closed, torn at random and opened in between: what was acknowledged and not
    /// taken comes back, in order, once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Random_use_with_torn_writes_agrees_with_a_queue(int seed)
    {
        var random = new Random(seed);
        var model = new Queue<int>();
        var next = 1;
        var spool = Open(segmentBytes: 300);
        for (var step = 0; step < 400; step++)
        {
            switch (random.Next(10))
            {
                case < 5:
                    Assert.True(Append(spool, next));
                    model.Enqueue(next++);
                    break;
                case < 9:
                    Assert.Equal(model.Count == 0 ? null : model.Dequeue(), TakeOrNull(spool));
                    break;
                default:
                    spool.Dispose();
                    // A write that was under way at the kill: any part of a record at the end of the newest segment.
                    if (Directory.GetFiles(folder.Path, "*.spool").Order(StringComparer.Ordinal).LastOrDefault() is { } newest)
                        File.AppendAllText(newest, new string('x', random.Next(0, 80)));
                    spool = Open(segmentBytes: 300);
                    break;
            }

            Assert.Equal(model.Count, spool.Lines);
        }

        while (model.TryDequeue(out var expected))
            Assert.Equal(expected, Take(spool));
        spool.Dispose();
    }

    private static bool Append(Spool spool, int value)
    {
        var bytes = Encoding.UTF8.GetBytes($"m v={value}i 1\n");
        return spool.Append(new LineBatch(bytes, new[] { bytes.Length }), new MessageRange(7, (ulong)value, (ulong)value));
    }

    private static void Append(Spool spool, int first, int count)
    {
        var lines = Enumerable.Range(first, count).Select(i => Encoding.UTF8.GetBytes($"m s=\"a\nb\",v={i}i 1\n")).ToList();
        var ends = lines.Select((_, i) => lines.Take(i + 1).Sum(l => l.Length)).ToArray();
        Assert.True(spool.Append(new LineBatch(lines.SelectMany(l => l).ToArray(), ends), new MessageRange(7, (ulong)first, (ulong)(first + count - 1))));
    }

    private static MessageRange Joined(IReadOnlyList<MessageRange> ranges)
    {
        for (var i = 1; i < ranges.Count; i++)
            Assert.Equal(ranges[i - 1].Last + 1, ranges[i].First);
        return ranges[0] with { Last = ranges[^1].Last };
    }

    private string[] Segments() => [.. Directory.GetFiles(folder.Path, "*.spool").Order(StringComparer.Ordinal)];

    private void Flip(long at)
    {
        using var stream = new FileStream(Directory.GetFiles(folder.Path, "*.spool").Single(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = at;
        var value = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(value ^ 0x40));
    }

    private static int Take(Spool spool) => TakeOrNull(spool) ?? throw new InvalidOperationException("The spool is empty.");

    private static int? TakeOrNull(Spool spool)
    {
        if (!spool.TryPeek(1, out var batch, out var read))
            return null;
        Assert.Equal(1, batch.Count);
        Assert.Equal($"m v={read.Last.First}i 1\n", Encoding.UTF8.GetString(batch.Lines(0, 1).Span));
        Assert.True(spool.Advance(read));
        return (int)read.Last.First;
    }

    private Spool Open(long maxBytes = 1 << 20, int segmentBytes = 1 << 20, SpoolFullPolicy policy = SpoolFullPolicy.Block) =>
        new(new SpoolOptions { Directory = folder.Path, MaxBytes = maxBytes, SegmentBytes = segmentBytes, WhenFull = policy });
}
