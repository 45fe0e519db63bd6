using System.Text.Json.Serialization;

namespace LoraBridge.Server.Errors;

/// <summary>What is wrong with one field of a request, in the words of the WebUI's validation.</summary>
/// <param name="Loc">Where: <c>body</c> or <c>query</c>, then names and list indices.</param>
/// <param name="Msg">What, for people.</param>
/// <param name="Type">What, for programs.</param>
/// <param name="Ctx">The limit that was passed, where there is one.</param>
internal sealed record FieldFault(
    IReadOnlyList<object> Loc, string Msg, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, object>? Ctx = null);

/// <summary>A request that breaks its form; answered with status 422 and the list of faults.</summary>
/// <param name="faults">At least one.</param>
internal sealed class InvalidRequestException(IReadOnlyList<FieldFault> faults)
    : Exception(string.Join("; ", faults.Select(fault => $"{string.Join('.', fault.Loc)}: {fault.Msg}")))
{
    /// <summary>All faults, in the order of the fields.</summary>
    public IReadOnlyList<FieldFault> Faults { get; } = faults;
}
