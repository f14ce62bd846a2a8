using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>The arguments of the runtime's <c>create</c>: policy without I/O.</summary>
/// <param name="Values">All of them, from <c>create</c> to the container's own.</param>
/// <param name="Fingerprint">What they and the variables come to: another one makes another container. A port that the system chooses does not count.</param>
internal sealed record ContainerArguments(IReadOnlyList<string> Values, string Fingerprint)
{
    public static ContainerArguments For(ContainerResource container, ContainerHost host, string image, string imageId, IReadOnlyList<string> runtimeArgs, LaunchValues values)
    {
        var fingerprint = new StringBuilder(imageId);
        foreach (var (name, value) in values.Variables.OrderBy(v => v.Key, StringComparer.Ordinal))
            fingerprint.Append('\0').Append(name).Append('=').Append(value);
        var chosen = new List<string>();
        foreach (var mount in container.Annotations.OfType<ContainerMountAnnotation>())
            chosen.AddRange(["--volume", $"{(mount.Source is null ? "" : mount.Source + ":")}{mount.Target}{(mount.IsReadOnly ? ":ro" : "")}"]);

        // Values go through the runtime's environment, so that no secret shows in the process list.
        foreach (var name in values.Variables.Keys.Order(StringComparer.Ordinal))
            chosen.AddRange(["--env", name]);
        if (container.Entrypoint is not null)
            chosen.AddRange(["--entrypoint", container.Entrypoint]);
        if (!runtimeArgs.Any(a => a.StartsWith("--net", StringComparison.Ordinal)))
            chosen.AddRange(["--network", host.Network, "--network-alias", container.Name, "--add-host", "host.docker.internal:host-gateway"]);
        chosen.AddRange(runtimeArgs);
        foreach (var text in (IEnumerable<string>)[.. chosen, .. values.Args])
            fingerprint.Append('\0').Append(text);

        foreach (var endpoint in container.Annotations.OfType<EndpointAnnotation>())
        {
            var inside = endpoint.TargetPort ?? endpoint.AllocatedPort;
            var protocol = endpoint.Protocol == System.Net.Sockets.ProtocolType.Udp ? "/udp" : "";
            var address = endpoint.IsExternal ? "" : "127.0.0.1:";
            chosen.AddRange(["--publish", string.Create(CultureInfo.InvariantCulture, $"{address}{endpoint.AllocatedPort}:{inside}{protocol}")]);
            fingerprint.Append(CultureInfo.InvariantCulture, $"\0{address}{endpoint.Port}:{(endpoint.TargetPort is null && endpoint.Port is null ? null : inside)}{protocol}");
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint.ToString())));
        return new ContainerArguments(
            [
                "create", "--pull", "never", "--name", host.NameOf(container),
                "--label", $"{ContainerHost.OwnerLabel}={host.Owner}", "--label", $"{ContainerHost.ResourceLabel}={container.Name}", "--label", $"{ContainerHost.ConfigLabel}={hash}",
                .. chosen, image, .. values.Args,
            ],
            hash);
    }
}
