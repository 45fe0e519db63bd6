using System.Text.Json;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>The fields of a request, in the order in which answers repeat them; fields that are not listed are ignored.</summary>
/// <param name="fields">Each name once.</param>
internal sealed class FieldTable(params IEnumerable<Field> fields)
{
    /// <summary>The fields in order.</summary>
    public IReadOnlyList<Field> Fields { get; } = [.. fields];

    /// <summary>The field of a name; null when there is none.</summary>
    public Field? Find(string name) => Fields.FirstOrDefault(field => field.Name == name);

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="InvalidRequestException">Something is missing or of the wrong kind; it lists everything that is.</exception>
    public FieldValues Read(JsonElement body)
    {
        var faults = new List<FieldFault>();
        var values = Read(body, ["body"], faults);
        return faults.Count == 0 ? values : throw new InvalidRequestException(faults);
    }

    /// <summary>Reads an object that stands somewhere in a request.</summary>
    public FieldValues Read(JsonElement element, IReadOnlyList<object> loc, ICollection<FieldFault> faults)
    {
        var values = new FieldValues(this);
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add(FieldValue.Wrong(FieldKind.Object, loc));
            return values;
        }
        foreach (var field in Fields)
        {
            if (element.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null)
                values.Give(field.Name, FieldValue.Read(field, value, [.. loc, field.Name], faults));
            else if (field.Required)
                faults.Add(new([.. loc, field.Name], "field required", "value_error.missing"));
        }
        return values;
    }
}
