using System.Net;

namespace Nbpy.Dashboard.Tests;

public sealed class SignInTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/consolelogs")]
    [InlineData("/metrics")]
    [InlineData("/download/all")]
    public async Task WithoutSigningInEveryPageLeadsToTheSignInPage(string path)
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        using var answer = await client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/login?returnUrl=" + Uri.EscapeDataString(path), answer.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/dashboard.css")]
    public async Task EveryAnswerHoldsTheBrowserToThisSite(string path)
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        using var answer = await client.GetAsync(path, Cancel);
        Assert.StartsWith("default-src 'self'; ", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutSigningInTheLiveConnectionIsRefused()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        using var answer = await client.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task ThePrintedAddressSignsInAndTheCookieLasts()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server, follow: true);
        Assert.Contains("kraken-tick", await client.GetStringAsync(server.Addresses.LoginUrl, Cancel), StringComparison.Ordinal);
        Assert.Contains("Structured logs", await client.GetStringAsync("/structuredlogs", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWrongTokenIsRefusedAndGivesNoCookie()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        using var form = new FormUrlEncodedContent([new("token", "wrong"), new("returnUrl", "/")]);
        using var answer = await client.PostAsync("/login", form, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        using var again = await client.GetAsync("/", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Theory]
    [InlineData("/traces?q=x", "/traces?q=x")]
    [InlineData("https://elsewhere.example/", "/")]
    [InlineData("//elsewhere.example/", "/")]
    [InlineData("/\\elsewhere.example/", "/")]
    public async Task SigningInLeadsBackAndNeverElsewhere(string returnUrl, string expected)
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        using var form = new FormUrlEncodedContent([new("token", Servers.FreePorts.Token!), new("returnUrl", returnUrl)]);
        using var answer = await client.PostAsync("/login", form, Cancel);
        Assert.Equal(expected, answer.Headers.Location!.ToString());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Servers.FreePorts.Token!, cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherSitesPageCannotOpenTheLiveConnection()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server, follow: true);
        await client.GetStringAsync(server.Addresses.LoginUrl, Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", "http://localhost:3000");
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task ThePageThatCameThroughAProxyWithTlsMayOpenTheLiveConnectionAndItsCookieStaysOnTls()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var signedIn = await client.GetAsync(server.Addresses.LoginUrl, Cancel);
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        var site = new Uri(server.Addresses.LoginUrl).Authority;
        foreach (var (origin, status) in ((string, HttpStatusCode)[])[($"https://{site}", HttpStatusCode.OK), ($"http://{site}", HttpStatusCode.Forbidden), ("https://elsewhere.example", HttpStatusCode.Forbidden)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1") { Headers = { { "Origin", origin }, { "Cookie", cookie.Split(';')[0] } } };
            using var answer = await client.SendAsync(request, Cancel);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task AForeignNameThatResolvesHereIsRefused()
    {
        await using var server = await Servers.StartAsync(options: Servers.FreePorts with { AllowAnonymous = true });
        using var client = Servers.Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "rebound.example" } };
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task ATokenThatCanBeGuessedIsRefusedAtStart()
    {
        var e = await Assert.ThrowsAsync<DashboardStartException>(() => Servers.StartAsync(options: Servers.FreePorts with { Token = "short" }));
        Assert.Contains("at least 16", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATakenPortIsSaidWithTheMend()
    {
        await using var first = await Servers.StartAsync();
        var port = new Uri(first.Addresses.Url).Port;
        var e = await Assert.ThrowsAsync<DashboardStartException>(() => Servers.StartAsync(options: Servers.FreePorts with { Port = port }));
        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsAreInNoPageAndNotInTheExport()
    {
        await using var server = await Servers.StartAsync();
        using var client = Servers.Client(server, follow: true);
        await client.GetStringAsync(server.Addresses.LoginUrl, Cancel);
        var page = await client.GetStringAsync("/?details=kraken-tick", Cancel);
        Assert.Contains("INFLUXDB_PASSWORD", page, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeModel.Secret, page, StringComparison.Ordinal);
        await using var zip = new System.IO.Compression.ZipArchive(await client.GetStreamAsync("/download/all", Cancel));
        using var resources = new StreamReader(zip.GetEntry("resources.json")!.Open());
        var text = await resources.ReadToEndAsync(Cancel);
        Assert.Contains("INFLUXDB_PASSWORD", text, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeModel.Secret, text, StringComparison.Ordinal);
    }
}
