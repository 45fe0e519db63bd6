using System.Collections;
using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Parameters by number, registered when a parent registers the list.</summary>
public class ParameterList : nn.Module, IList<Parameter>
{
    private readonly List<Parameter> _list = [];
    private bool _registered;

    public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList)) => _list.AddRange(parameters ?? []);

    public int Count => _list.Count;

    public bool IsReadOnly => false;

    public Parameter this[int index] { get => _list[index]; set => _list[index] = value; }

    public void Add(Parameter item) => _list.Add(item);

    public void append(params Parameter[] parameters) => _list.AddRange(parameters ?? []);

    public void extend(IEnumerable<Parameter> parameters) => _list.AddRange(parameters);

    public void Insert(int index, Parameter item) => _list.Insert(index, item);

    public bool Remove(Parameter item) => _list.Remove(item);

    public void RemoveAt(int index) => _list.RemoveAt(index);

    public void Clear() => _list.Clear();

    public bool Contains(Parameter item) => _list.Contains(item);

    public int IndexOf(Parameter item) => _list.IndexOf(item);

    public void CopyTo(Parameter[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

    public IEnumerator<Parameter> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
        if (_registered) return;
        for (var i = 0; i < _list.Count; i++) register_parameter(Number(i), _list[i]);
        _registered = true;
    }

    // conversion replaces Parameter objects; the list follows
    private protected override void OnReplaced(string component, Tensor value)
    {
        if (int.TryParse(component, CultureInfo.InvariantCulture, out var index) && index < Count && value is Parameter parameter) _list[index] = parameter;
    }

    private static string Number(int index) => index.ToString(CultureInfo.InvariantCulture);
}
