using System.Net.Http.Headers;
using System.Text;
using Nbpy.EmbeddedInflux.Prometheus;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Remote write and remote read, against the program and against the real influxd where it is installed.</summary>
public class PrometheusTests
{
    private const long Time = 1_600_000_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_is_read_back(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        var write = Message(
            Series([("__name__", "load"), ("host", "a b"), ("zone", "1,2=3")], (Time, 0.5), (Time + 1000, 1.25)),
            Series([("__name__", "load"), ("host", "c")], (Time, 7)),
            Series([("__name__", "other"), ("host", "c")], (Time, 9)));
        Assert.Equal(204, (await PostAsync(server, "/api/v1/prom/write?db=db", write)).Status);
        Assert.Contains("""["time","__name__","host","value","zone"],"values":[[1600000000000000000,"load","a b",0.5,"1,2=3"],[1600000000000000000,"load","c",7,null],[1600000001000000000,"load","a b",1.25,"1,2=3"]]""",
            await server.QueryAsync("SELECT * FROM load"), StringComparison.Ordinal);

        // 1.6 finds no metric by its name alone; 1.8 does.
        using var ping = await server.Http.GetAsync("/ping", TestContext.Current.CancellationToken);
        if (influxd && !ping.Headers.GetValues("X-Influxdb-Version").Single().StartsWith("1.8", StringComparison.Ordinal))
            return;
        var all = Request(Time, Time + 1000, (0, "__name__", "load"));
        var some = Request(Time, Time + 999, (0, "__name__", "load"), (2, "host", "a.*|x"), (1, "zone", "y"), (3, "host", "b.*"));
        Assert.Equal(
            Series([("__name__", "load"), ("host", "a b"), ("zone", "1,2=3")], (Time, 0.5), (Time + 1000, 1.25)).Written.ToArray()
                .Concat(Series([("__name__", "load"), ("host", "c")], (Time, 7)).Written.ToArray()),
            await SeriesAsync(server, all));
        Assert.Equal(Series([("__name__", "load"), ("host", "a b"), ("zone", "1,2=3")], (Time, 0.5)).Written.ToArray(), await SeriesAsync(server, some));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_wrong_is_answered_400(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        using var noSnappy = new ByteArrayContent([200, 1, 2, 3]);
        using var answer = await server.Http.PostAsync("/api/v1/prom/write?db=db", noSnappy, TestContext.Current.CancellationToken);
        Assert.Equal((400, "{\"error\":\"snappy: corrupt input\"}\n"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(400, (await PostAsync(server, "/api/v1/prom/read?db=db", Request(0, 1))).Status);
        Assert.Equal(400, (await PostAsync(server, "/api/v1/prom/read?db=db", new ProtoWriter())).Status);
        if (!influxd)
        {
            Assert.Equal(204, (await PostAsync(server, "/api/v1/prom/write?db=db", Message(Series([("__name__", new string('a', 40))], (Time, 1))))).Status);
            Assert.Equal(400, (await PostAsync(server, "/api/v1/prom/read?db=db", Request(0, 1, (2, "__name__", "(")))).Status);
            Assert.Equal(400, (await PostAsync(server, "/api/v1/prom/read?db=db", Request(0, 1, (2, "__name__", "(a+)+b")))).Status);
        }

        Assert.Equal(404, (await PostAsync(server, "/api/v1/prom/write?db=nope", Message(Series([("__name__", "m")], (Time, 1))))).Status);
    }

    [Fact]
    public void Snappy_literals_and_copies_are_unpacked()
    {
        // "abcd", then 8 bytes from 4 back, then 5 from 1 back, then a literal whose length has a byte of its own.
        byte[] packed = [77, 3 << 2, .. "abcd"u8, (8 - 4) << 2 | 1, 4, (5 - 1) << 2 | 2, 1, 0, 60 << 2, 59, .. Enumerable.Repeat((byte)'z', 60)];
        Assert.Equal("abcdabcdabcdddddd" + new string('z', 60), Encoding.ASCII.GetString(Snappy.Decode(packed, 100)));
        var large = new byte[200_000];
        Random.Shared.NextBytes(large);
        Assert.Equal(large, Snappy.Decode(Snappy.Encode(large), large.Length));
        Assert.Throws<InvalidDataException>(() => Snappy.Decode(Snappy.Encode(large), large.Length - 1));
        Assert.Throws<InvalidDataException>(() => Snappy.Decode(packed.AsSpan(0, 20), 100));
        Assert.Throws<InvalidDataException>(() => Snappy.Decode([4, 1 << 2 | 1, 9], 100));
        // The most that a block may grow, and what claims more than its bytes can say.
        byte[] longest = [65, 0 << 2, (byte)'a', (64 - 1) << 2 | 2, 1, 0];
        Assert.Equal(new string('a', 65), Encoding.ASCII.GetString(Snappy.Decode(longest, 100)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Snappy.Decode([0xff, 0xff, 0xff, 0x7f, 0], long.MaxValue));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    private static ProtoWriter Message(params ProtoWriter[] parts)
    {
        var message = new ProtoWriter();
        foreach (var part in parts)
            message.Message(1, part);
        return message;
    }

    private static ProtoWriter Series((string Name, string Value)[] labels, params (long Time, double Value)[] samples)
    {
        var series = new ProtoWriter();
        foreach (var (name, value) in labels)
        {
            var label = new ProtoWriter();
            label.Text(1, name);
            label.Text(2, value);
            series.Message(1, label);
        }

        foreach (var (time, value) in samples)
        {
            var sample = new ProtoWriter();
            sample.Double(1, value);
            sample.Integer(2, time);
            series.Message(2, sample);
        }

        return series;
    }

    private static ProtoWriter Request(long first, long last, params (int Type, string Name, string Value)[] matchers)
    {
        var query = new ProtoWriter();
        query.Integer(1, first);
        query.Integer(2, last);
        foreach (var (type, name, value) in matchers)
        {
            var matcher = new ProtoWriter();
            matcher.Integer(1, type);
            matcher.Text(2, name);
            matcher.Text(3, value);
            query.Message(3, matcher);
        }

        return Message(query);
    }

    private static async Task<(int Status, byte[] Body)> PostAsync(ServerProcess server, string path, ProtoWriter message)
    {
        using var content = new ByteArrayContent(Snappy.Encode(message.Written));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var response = await server.Http.PostAsync(path, content);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    // The series of the answer, one after the other.
    private static async Task<IEnumerable<byte>> SeriesAsync(ServerProcess server, ProtoWriter request)
    {
        var (status, body) = await PostAsync(server, "/api/v1/prom/read?db=db&rp=autogen", request);
        Assert.Equal(200, status);
        return Unpacked(Unpacked(Snappy.Decode(body, 10_000)));
    }

    private static byte[] Unpacked(ReadOnlySpan<byte> message)
    {
        var parts = new List<byte>();
        var reader = new ProtoReader(message);
        while (reader.Field() > 0)
            parts.AddRange(reader.Bytes());
        return [.. parts];
    }
}
