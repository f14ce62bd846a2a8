using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Nbpy.Containers.Tests;

/// <summary>The store's accounts in the system that was brought up.</summary>
public sealed partial class ComposeTests
{
    private const string Point = "rights_probe value=1";
    private const string Read = "SELECT count(bid) FROM kraken_tick";

    /// <summary>Nobody gets in without a password; the writer writes, the reader reads, and only the administrator does more.</summary>
    private async Task AssertRightsAsync(string published)
    {
        var passwords = (await File.ReadAllLinesAsync(Path.Combine(published, ".env"), TestContext.Current.CancellationToken))
            .Where(l => l.StartsWith("INFLUXDB_", StringComparison.Ordinal)).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        var address = (await Shell.MustAsync(folder, Limit, "docker", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", await ContainerAsync("influxdb"))).Trim();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}:8086") };
        (string, string)? nobody = null, guest = ("admin", "admin123"), writer = ("zmq", passwords["INFLUXDB_PASSWORD"]), reader = ("nbpy_reader", passwords["INFLUXDB_READER_PASSWORD"]), admin = ("admin", passwords["INFLUXDB_ADMIN_PASSWORD"]);
        string[] administration = ["CREATE DATABASE probe", "DROP MEASUREMENT kraken_tick", "ALTER RETENTION POLICY long_term ON tick DURATION 1h", "CREATE USER more WITH PASSWORD 'x'", "GRANT ALL ON tick TO zmq", "SHOW USERS", "DROP DATABASE tick"];
        foreach (var account in ((string, string)?[])[nobody, guest])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await WriteAsync(account));
            Assert.All(await Task.WhenAll(((string[])[Read, .. administration]).Select(q => QueryAsync(account, q))), s => Assert.Equal(HttpStatusCode.Unauthorized, s));
        }

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Forbidden), (await WriteAsync(writer), await QueryAsync(writer, Read)));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (await WriteAsync(reader), await QueryAsync(reader, Read)));
        foreach (var statement in administration)
            Assert.Equal((statement, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (statement, await QueryAsync(writer, statement), await QueryAsync(reader, statement)));
        Assert.Equal(HttpStatusCode.OK, await QueryAsync(admin, "CREATE DATABASE probe"));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await WriteAsync(writer, "probe"), await QueryAsync(reader, Read, "probe")));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await QueryAsync(admin, "DROP DATABASE probe"), await QueryAsync(admin, "DROP MEASUREMENT rights_probe")));

        Task<HttpStatusCode> WriteAsync((string, string)? account, string database = "tick") => SendAsync(account, $"write?db={database}", new StringContent(Point));

        Task<HttpStatusCode> QueryAsync((string, string)? account, string statement, string database = "tick") =>
            SendAsync(account, $"query?db={database}", new FormUrlEncodedContent([new("q", statement)]));

        async Task<HttpStatusCode> SendAsync((string Name, string Password)? account, string path, HttpContent content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
            if (account is var (name, password))
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
