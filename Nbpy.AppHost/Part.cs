namespace Nbpy.AppHost;

/// <summary>The store, or what shows the data: a container or a project, with the address where the others find it.</summary>
/// <param name="Resource">To wait for.</param>
/// <param name="Http">Its endpoint.</param>
internal sealed record Part(IResourceBuilder<IResource> Resource, EndpointReference Http);
