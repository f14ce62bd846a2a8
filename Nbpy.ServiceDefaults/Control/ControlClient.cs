using System.Net.Http.Json;
using System.Net.Sockets;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.ServiceDefaults.Control;

/// <summary>Speaks to a running host.</summary>
public sealed class ControlClient : IDisposable
{
    private readonly HttpClient http;

    /// <param name="config">Whose host.</param>
    /// <exception cref="ConfigurationException">The socket's path is too long.</exception>
    public ControlClient(IntegrationConfig config)
        : this(ControlAddress.Of(config))
    {
    }

    /// <param name="socketPath">The host's socket.</param>
    public ControlClient(string socketPath)
    {
        SocketPath = socketPath;
        http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        })
        {
            BaseAddress = new Uri("http://nbpy/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The socket.</summary>
    public string SocketPath { get; }

    /// <summary>What is said where no host answers.</summary>
    public string NoHost(IntegrationConfig config) => $"No host runs for {config.Path} (nothing answers at {SocketPath}); start one with 'nbpy start'.";

    /// <summary>The host's status; null when no host runs.</summary>
    public async Task<HostStatus?> StatusAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            return await http.GetFromJsonAsync<HostStatus>("status", limit.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The host at {SocketPath} has not answered for 10 s; it hangs, or the machine does.");
        }
    }

    /// <summary>start, stop or restart of one resource.</summary>
    public Task<CommandAnswer> CommandAsync(string resource, string command, CancellationToken cancellationToken) =>
        PostAsync($"resources/{Uri.EscapeDataString(resource)}/{Uri.EscapeDataString(command)}", cancellationToken);

    /// <summary>Stops the whole host, in order.</summary>
    public Task<CommandAnswer> StopAsync(CancellationToken cancellationToken) => PostAsync("stop", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<CommandAnswer> PostAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), null, cancellationToken).ConfigureAwait(false);
            return await answer.Content.ReadFromJsonAsync<CommandAnswer>(cancellationToken).ConfigureAwait(false) ?? new CommandAnswer(false, "The host's answer is empty.");
        }
        catch (HttpRequestException)
        {
            return new CommandAnswer(false, $"No host runs for this configuration (nothing answers at {SocketPath}); start one with 'nbpy start'.");
        }
    }
}
