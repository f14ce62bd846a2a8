using System.IO.Compression;
using System.Text;
using Nbpy.Influx;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>The same writes against the program and against the real influxd 1.x where it is installed.</summary>
public class WriteContractTests
{
    private static readonly (string Query, string Lines, int Status, string Error)[] Cases =
    [
        ("", "m f=1", 400, "database is required"),
        ("db=nope", "m f=1", 404, "database not found: \\\"nope\\\""),
        ("db=db&rp=nope", "m f=1", 500, "retention policy not found: nope"),
        ("db=db&consistency=some", "m f=1", 400, "invalid consistency level"),
        ("db=db", "", 204, ""),
        ("db=db", "# note\n\n", 204, ""),
        ("db=db", "cpu a=1 10\ncpu a=2 20", 204, ""),
        ("db=db", "cpu a=1i 10", 400, "partial write: field type conflict: input field \\\"a\\\" on measurement \\\"cpu\\\" is type integer, already exists as type float dropped=1"),
        ("db=db", "cpu a=1\ncpu\ncpu b", 400, "partial write: unable to parse 'cpu': missing fields\\nunable to parse 'cpu b': invalid field format dropped=0"),
        ("db=db", "cpu time=1", 400, "partial write: invalid field name: input field \\\"time\\\" on measurement \\\"cpu\\\" is invalid dropped=1"),
        ("db=db", "cpu,time=x a=1", 400, "partial write: invalid tag key: input tag \\\"time\\\" on measurement \\\"cpu\\\" is invalid dropped=1"),
        ("db=db", "cpu,a=b,a=c f=1", 400, "unable to parse 'cpu,a=b,a=c f=1': duplicate tags"),
        ("db=db", "cpu a=99999999999999999999i", 400, "unable to parse 'cpu a=99999999999999999999i': unable to parse integer 99999999999999999999: strconv.ParseInt: parsing \\\"99999999999999999999\\\": value out of range"),
        ("db=db", "cpu a=1 9223372036854775807", 400, "unable to parse 'cpu a=1 9223372036854775807': time outside range -9223372036854775806 - 9223372036854775806"),
        ("db=db&precision=h", "cpu a=1 99999999999", 400, "unable to parse 'cpu a=1 99999999999': time outside range -9223372036854775806 - 9223372036854775806"),
        ("db=db&rp=hour", "cpu a=1 1", 400, "partial write: points beyond retention policy dropped=1"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writes_are_answered_alike(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        await server.QueryAsync("CREATE RETENTION POLICY hour ON db DURATION 1h REPLICATION 1");
        foreach (var (query, lines, status, error) in Cases)
        {
            var answer = await server.WriteAsync(query, new StringContent(lines));
            Assert.Equal((status, error.Length == 0 ? "" : "{\"error\":\"" + error + "\"}\n"), answer);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gzip_precision_and_merging_are_alike(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, true))
            gzip.Write(Encoding.UTF8.GetBytes("m a=1,b=1.5 10"));
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(204, (await server.WriteAsync("db=db&precision=s", content)).Status);
        Assert.Equal(204, (await server.WriteAsync("db=db&precision=ms", new StringContent("m b=2,c=\"x\" 10000"))).Status);
        Assert.Equal(
            """{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","a","b","c"],"values":[[10000000000,1,2,"x"]]}]}]}""" + "\n",
            await server.QueryAsync("SELECT * FROM m"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_compressed_body_that_was_cut_off_is_refused_whole(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        var whole = Pack(string.Concat(Enumerable.Range(1, 2_000).Select(i => $"m,t={i * 7919 % 1009} v={i} {i}\n")));
        foreach (var length in (int[])[0, 1, 9, 12, whole.Length / 2, whole.Length - 8, whole.Length - 1])
            Assert.Equal((length, 400, length == 0 ? "{\"error\":\"EOF\"}\n" : "{\"error\":\"unexpected EOF\"}\n"), await WriteAsync(whole[..length], length));
        Assert.DoesNotContain("series", await server.QueryAsync("SELECT count(v) FROM m"), StringComparison.Ordinal);
        Assert.Equal((0, 204, ""), await WriteAsync([.. whole, .. Pack("m v=1 5000")], 0));
        Assert.Contains("[0,2001]", await server.QueryAsync("SELECT count(v) FROM m"), StringComparison.Ordinal);

        async Task<(int Length, int Status, string Body)> WriteAsync(byte[] body, int length)
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentEncoding.Add("gzip");
            var (status, answer) = await server.WriteAsync("db=db", content);
            return (length, status, answer);
        }

        static byte[] Pack(string lines)
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionMode.Compress, true))
                gzip.Write(Encoding.UTF8.GetBytes(lines));
            return packed.ToArray();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_subscriber_s_compressed_batch_is_stored_whole(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        using var sent = new SentBytes();
        using var client = new InfluxClient(new InfluxOptions { Url = server.Http.BaseAddress!, Database = "db", GzipFromBytes = 4096 }, sent);
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 5_000).Select(i => $"tick,pair=P{i % 7} bid={i}.5 {i}\n")));
        Assert.Equal(WriteStatus.Stored, (await client.WriteAsync(lines, null, TestContext.Current.CancellationToken)).Status);
        Assert.True(sent.Encoding == "gzip" && sent.Length < lines.Length / 3, $"{sent.Length} bytes of {lines.Length} as '{sent.Encoding}'");
        Assert.Contains("[0,5000,12505000]", await server.QueryAsync("SELECT count(bid), sum(bid) FROM tick"), StringComparison.Ordinal);
        Assert.Equal(WriteStatus.Stored, (await client.WriteAsync("tick,pair=P0 bid=1 9999"u8.ToArray(), null, TestContext.Current.CancellationToken)).Status);
        Assert.Equal("", sent.Encoding);
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_by_kill_9()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.QueryAsync("CREATE DATABASE db");
        var expected = new StringBuilder();
        for (var round = 1; round <= 3; round++)
        {
            for (var i = 1; i <= 20; i++)
            {
                var time = round * 100 + i;
                Assert.Equal(204, (await server.WriteAsync("db=db", new StringContent($"m a={i}i {time}"))).Status);
                expected.Append(expected.Length == 0 ? "" : ",").Append($"[{time},{i}]");
            }

            await server.KillAndRestartAsync();
            Assert.Contains($"\"values\":[{expected}]", await server.QueryAsync("SELECT * FROM m"), StringComparison.Ordinal);
        }
    }

    /// <summary>What the last request's body was on the wire.</summary>
    private sealed class SentBytes() : DelegatingHandler(new SocketsHttpHandler())
    {
        public string Encoding { get; private set; } = "";

        public long Length { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Encoding, Length) = (string.Join(',', request.Content?.Headers.ContentEncoding ?? []), request.Content?.Headers.ContentLength ?? 0);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
