using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The last few tensors of a multistep method, newest first; what falls out is disposed.</summary>
internal sealed class TensorHistory(int capacity)
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>How many there are yet.</summary>
    public int Count => _tensors.Count;

    /// <summary>The tensor of so many steps ago; 0 is the newest.</summary>
    public Tensor this[int back] => _tensors[back];

    /// <summary>Keeps a tensor beyond the step's scope.</summary>
    public void Push(Tensor tensor)
    {
        _tensors.Insert(0, tensor.MoveToOuterDisposeScope());
        if (_tensors.Count <= capacity) return;
        _tensors[^1].Dispose();
        _tensors.RemoveAt(_tensors.Count - 1);
    }
}
