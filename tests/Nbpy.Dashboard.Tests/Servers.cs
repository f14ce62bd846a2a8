using Microsoft.Extensions.Logging;

namespace Nbpy.Dashboard.Tests;

internal static class Servers
{
    public static readonly DashboardOptions FreePorts = new() { Port = 0, Token = "token-of-the-test-run", ApiKey = "key-of-the-test-run" };

    public static Task<DashboardServer> StartAsync(FakeModel? model = null, DashboardOptions? options = null, ILoggerFactory? loggers = null) =>
        DashboardServer.StartAsync(model ?? FakeModel.Pipeline(), options ?? FreePorts, loggers, cancellationToken: TestContext.Current.CancellationToken);

    public static HttpClient Client(DashboardServer server, bool follow = false) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = follow, UseCookies = true }) { BaseAddress = new Uri(server.Addresses.Url), DefaultRequestHeaders = { { "Accept", "text/html" } } };
}
