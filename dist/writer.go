package dist

// write sends what the queue holds until the link closes. Whatever has gathered
// while the last write ran goes out in one piece: batching without a timer.
func (l *link) write() {
	var chunks [][]byte
	for {
		select {
		case <-l.queue.wake:
		case <-l.closed:
			return
		}
		for {
			chunks = l.queue.take(chunks)
			if len(chunks) == 0 {
				break
			}
			for _, chunk := range chunks {
				if err := l.writeChunk(chunk); err != nil {
					l.close(err)
					return
				}
			}
		}
	}
}

// writeChunk writes in steps, so that the pulse sees a long chunk move.
func (l *link) writeChunk(chunk []byte) error {
	for rest := chunk; len(rest) > 0; {
		n, err := l.conn.Write(rest[:min(len(rest), chunkSize)])
		l.bytesOut.Add(uint64(n))
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	l.queue.written(chunk)
	return nil
}
