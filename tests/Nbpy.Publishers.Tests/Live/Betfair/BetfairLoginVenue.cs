using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>Betfair's logins on loopback: interactive, and by client certificate.</summary>
internal sealed class BetfairLoginVenue : IAsyncDisposable
{
    private readonly WebApplication app;

    private BetfairLoginVenue(TestCertificate certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate.Server;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        })));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddLogging();
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public string Url(string path) => $"https://localhost:{new Uri(app.Urls.First()).Port}{path}";

    /// <summary>Answers in order; the last one again when they are used up.</summary>
    public ConcurrentQueue<string> Answers { get; } = new();

    /// <summary>HTTP statuses of the next logins, in place of an answer.</summary>
    public ConcurrentQueue<int> Statuses { get; } = new();

    /// <summary>What each login sent: path, form, application key and the certificate's subject.</summary>
    public ConcurrentQueue<(string Path, string User, string Password, string Application, string? Subject)> Logins { get; } = new();

    /// <summary>What each keepAlive showed: application key and session.</summary>
    public ConcurrentQueue<(string Application, string Session)> KeepAlives { get; } = new();

    /// <summary>The answer to each keepAlive.</summary>
    public string KeepAliveAnswer { get; set; } = """{"token":"planted-kept","product":"the-key","status":"SUCCESS","error":""}""";

    public static async Task<BetfairLoginVenue> StartAsync(TestCertificate certificate)
    {
        var venue = new BetfairLoginVenue(certificate);
        await venue.app.StartAsync();
        return venue;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Path == "/api/keepAlive")
        {
            KeepAlives.Enqueue((context.Request.Headers["X-Application"]!, context.Request.Headers["X-Authentication"]!));
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(KeepAliveAnswer);
            return;
        }

        var form = await context.Request.ReadFormAsync();
        var certificate = await context.Connection.GetClientCertificateAsync();
        Logins.Enqueue((context.Request.Path, form["username"]!, form["password"]!, context.Request.Headers["X-Application"]!, certificate?.Subject));
        if (Statuses.TryDequeue(out var status))
        {
            context.Response.StatusCode = status;
            return;
        }

        var answer = Answers.Count > 1 && Answers.TryDequeue(out var next) ? next : Answers.First();
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }
}
