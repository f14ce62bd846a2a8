using MessagePack;
using Nbpy.Messaging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Validation.Tests;

/// <summary>A publisher on a real socket that sends what the test says, a payload every five milliseconds until it is disposed.</summary>
internal sealed class ScriptedPublisher : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly XPublisherSocket socket = new();
    private readonly Task sending;

    /// <param name="topic">The topic's frame.</param>
    /// <param name="payload">The n-th payload, from 1; null: nothing is sent.</param>
    public ScriptedPublisher(string topic, Func<ulong, byte[]?> payload)
    {
        Port = socket.BindRandomPort("tcp://127.0.0.1");
        sending = Task.Run(async () =>
        {
            for (var n = 1UL; !stop.IsCancellationRequested; n++)
            {
                if (payload(n) is { } bytes)
                    socket.SendMoreFrame(topic).SendFrame(bytes);
                await Task.Delay(5);
            }
        });
    }

    public int Port { get; }

    /// <summary>A message of the contract.</summary>
    /// <param name="sequence">Its <c>_seq</c>.</param>
    /// <param name="change">What the test changes.</param>
    public static byte[] Message(ulong sequence, Action<Dictionary<string, object?>>? change = null)
    {
        Dictionary<string, object?> message = new()
        {
            [MessageKeys.Timestamp] = 1_700_000_000_000_000_000L + ((long)sequence * 1_000_000), [MessageKeys.Sequence] = sequence, [MessageKeys.Epoch] = 7UL,
            [MessageKeys.Sent] = 1_700_000_000_000_000_000L, [MessageKeys.Source] = "simulated", ["pair"] = "BTC/USD", ["bid"] = 1.5,
        };
        change?.Invoke(message);
        return MessagePackSerializer.Serialize(message);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await sending;
        socket.Dispose();
        stop.Dispose();
    }
}
